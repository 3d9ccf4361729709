#compdef stprov
# SPDX-License-Identifier: BSD-2-Clause
# Completion of stprov's command line for zsh 5.8 and newer, installed as _stprov: commands (shortened
# ones are accepted, as in stprov), options, bonding modes, links, files.
#
# The tables are _stprov_commands and _stprov_options. tests/lint/test_completion.py compares them
# with the program's help.

# The commands that may follow these words; fails if there are none.
_stprov_commands()
{
	case $1 in
	'') REPLY='help version defaults local remote host' ;;
	local) REPLY='help run console check attestation' ;;
	remote) REPLY='help static dhcp run console status clear' ;;
	host) REPLY='help show apply status' ;;
	*) return 1 ;;
	esac
}

# The options of a command as LETTER,NAME:VALUE. _stprov_value completes VALUE; without it the
# option is a flag. Without LETTER the option has only a long name. `:VALUE` alone is the argument
# of the command. Fails for a command that has neither.
_stprov_options()
{
	local network='h,host:text H,full-host:text r,url:text u,user:text p,pass:text d,dns:text
		m,mac:text I,interface:link A,autodetect B,bonding-auto b,bonding:links
		M,bonding-mode:mode w,wait:text f,force S,store:store E,efivars:dir T,trust-policy:dir
		,roots:file'

	case $1 in
	'local run') REPLY='o,otp:text i,ip:text p,port:text ,wait:text c,compat
		,words:text ,no-compare ,name:text ,pk:file ,kek:file ,db:file ,dbx:file n,no-uefi-menu-reboot
		,file:text ,authorized-keys:file ,keep-files ,host-ca:file ,principals:text ,validity:text
		,seal:seal ,boot-cert:file ,image-cert:file ,attest:file ,ek:text
		,ek-roots:file ,image:file ,defaults:file ,known-hosts:file ,replace ,json' ;;
	'local console') REPLY=',setup:text ,run:text ,wait-console:text ,leave:text ,cr ,yes
		,wait:text ,name:text ,pk:file ,kek:file ,db:file ,dbx:file n,no-uefi-menu-reboot
		,file:text ,authorized-keys:file ,keep-files ,host-ca:file ,principals:text ,validity:text
		,seal:seal ,boot-cert:file ,image-cert:file ,attest:file ,ek:text
		,ek-roots:file ,image:file ,defaults:file ,known-hosts:file ,replace ,json :text' ;;
	'local check') REPLY=':file' ;;
	'local attestation') REPLY=',ek:text ,ek-roots:file ,image:file ,defaults:file ,signers:file :file' ;;
	'remote run') REPLY='o,otp:text i,ip:text p,port:text a,allow:text c,compat ,json ,tpm:file
		,require-seal S,store:store E,efivars:dir T,trust-policy:dir' ;;
	'remote console') REPLY='w,wait:text' ;;
	'remote static') REPLY="i,ip:text g,gateway:text x,try-last-gateway $network" ;;
	'remote dhcp') REPLY=$network ;;
	'remote status') REPLY='j,json S,store:store E,efivars:dir ,tpm:file T,trust-policy:dir' ;;
	'remote clear') REPLY='y,yes S,store:store E,efivars:dir ,tpm:file ,without-tpm T,trust-policy:dir' ;;
	'host show') REPLY='f,force ,root:dir E,efivars:dir ,tpm:file :part' ;;
	'host apply') REPLY=',root:dir ,network:form ,only:text ,replace E,efivars:dir ,tpm:file' ;;
	'host status') REPLY='j,json ,root:dir E,efivars:dir ,tpm:file' ;;
	*) return 1 ;;
	esac
}

_stprov_modes()
{
	REPLY='balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb'
}

_stprov_links()
{
	local -a links=(/sys/class/net/*(N-/:t))

	REPLY=${links:#lo}
}

# The command among WORDS that the program selects for WORD: the same word, or its only completion.
_stprov_resolve() # WORD WORDS...
{
	local word=$1 candidate
	local -a found

	shift
	[[ -n $word ]] || return 1
	for candidate; do
		if [[ $candidate == "$word" ]]; then
			REPLY=$word
			return 0
		fi
		# A prefix of both `static` and `status` means `static`, as in the program.
		if [[ $candidate == status && ${#word} -lt 5 && " $* " == *' static '* ]]; then
			continue
		fi
		if [[ ${candidate[1,${#word}]} == "$word" ]]; then
			found+=($candidate)
		fi
	done
	REPLY=${found[1]}
	[[ ${#found} -eq 1 ]]
}

# The kind of value of an option, as typed; fails if the command has no such option.
_stprov_kind() # -OPTION OPTIONS...
{
	local name=${${1#-}#-} option names

	shift
	for option; do
		names=${option%%:*}
		if [[ -n $name && ( ${names%%,*} == "$name" || ${names#*,} == "$name" ) ]]; then
			REPLY=${${option#"$names"}#:}
			return 0
		fi
	done
	return 1
}

# Completes a value of a kind, after what compset has set aside.
_stprov_value() # KIND
{
	case $1 in
	mode) _stprov_modes && compadd -- ${=REPLY} ;;
	link) _stprov_links && compadd -- ${=REPLY} ;;
	flag) compadd -- true false ;;
	form) compadd -- networkd script none ;;
	seal) compadd -- none tpm secure-boot ;;
	store) compadd -- efi label ;;
	part) compadd -- key public-key certificate name config address file ;;
	# Another comma may follow. Links that are listed already are not offered again.
	links)
		local before=$IPREFIX
		compset -P '*,'
		_stprov_links
		local -a links=(${=REPLY}) listed=(${(s:,:)${IPREFIX#"$before"}})
		compadd -qS , -- ${links:|listed}
		;;
	file) _files ;;
	dir) _files -/ ;;
	*) return 1 ;;
	esac
}

# Completes options from the typed part: the program accepts one dash or two.
_stprov_offer_options() # OPTIONS...
{
	local option names
	local -a offered

	for option in "$@" ,help; do
		names=${option%%:*}
		[[ -n $names ]] || continue
		if [[ -z $PREFIX || $PREFIX == - || $PREFIX == --* ]]; then
			offered+=(--${names#*,})
		elif [[ $PREFIX != -${names%%,*} ]]; then
			offered+=(-${names#*,})
		fi
		if [[ -n $PREFIX && -n ${names%%,*} ]]; then
			offered+=(-${names%%,*})
		fi
	done
	compadd -- $offered
}

# Completes the words after the commands: words[$1] is the first one, $2... are the options.
_stprov_arguments()
{
	local i=$1 operand='' word

	shift
	for word; do
		[[ $word == :* ]] && operand=${word#:}
	done
	for ((; i < CURRENT; i++)); do
		word=${words[i]}
		if [[ $word == -- ]]; then
			((i + 1 < CURRENT)) || _stprov_value "$operand"
			return
		fi
		[[ $word == -?* ]] || return 1
		if [[ $word != *=* ]]; then
			_stprov_kind "$word" "$@" || return 1
			if [[ -n $REPLY ]] && ((++i == CURRENT)); then
				_stprov_value "$REPLY"
				return
			fi
		fi
	done
	if [[ $PREFIX == -*=* ]]; then
		_stprov_kind "${PREFIX%%=*}" "$@" || return 1
		compset -P 1 '*='
		_stprov_value "${REPLY:-flag}"
	elif [[ $PREFIX == -* || -z $operand ]]; then
		_stprov_offer_options "$@"
	else
		_stprov_value "$operand"
	fi
}

_stprov()
{
	# compsys has set the shell's options and IFS to what this file assumes.
	local REPLY at='' i=2

	while _stprov_commands "$at"; do
		if ((i == CURRENT)); then
			if [[ $PREFIX == -* ]]; then
				[[ -n $at ]] || REPLY+=' --version'
				REPLY+=' --help'
			fi
			compadd -- ${=REPLY}
			return
		fi
		_stprov_resolve "${words[i]}" ${=REPLY} || return 1
		at+=${at:+ }$REPLY
		((i++))
	done
	_stprov_options "$at" && _stprov_arguments $i ${=REPLY}
}

# By #compdef, or sourced by hand.
if [[ $funcstack[1] == _stprov ]]; then
	_stprov "$@"
else
	compdef _stprov stprov
fi
