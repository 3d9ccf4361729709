# SPDX-License-Identifier: BSD-2-Clause
# Completion of stprov's command line for bash 4.4 and newer: commands (shortened ones are accepted,
# as in stprov), options, bonding modes, links, files. It does not use the package bash-completion,
# which loads it from share/bash-completion/completions/stprov.
#
# The tables are _stprov_commands and _stprov_options. tests/lint/test_completion.py compares them
# with the program's help.
# shellcheck shell=bash

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
	local path

	REPLY=''
	for path in /sys/class/net/*; do
		if [ -d "$path" ] && [ "${path##*/}" != lo ]; then
			REPLY+=" ${path##*/}"
		fi
	done
}

# Text is compared with test(1), which distinguishes -m from -M even with `shopt -s nocasematch`.
_stprov_begins()
{
	[ "${1:0:${#2}}" = "$2" ]
}

# The command among WORDS that the program selects for WORD: the same word, or its only completion.
_stprov_resolve() # WORD WORDS...
{
	local word=$1 found='' candidate all=" $* "

	shift
	[ -n "$word" ] || return 1
	for candidate; do
		if [ "$candidate" = "$word" ]; then
			REPLY=$word
			return 0
		fi
		# A prefix of both `static` and `status` means `static`, as in the program.
		if [ "$candidate" = status ] && [ "${#word}" -lt 5 ] &&
			[ "${all#* static }" != "$all" ]; then
			continue
		fi
		if _stprov_begins "$candidate" "$word"; then
			found+=" $candidate"
		fi
	done
	REPLY=${found# }
	[ -n "$REPLY" ] && [ "${REPLY% *}" = "$REPLY" ]
}

# Offers the WORDS that begin with CURRENT. Readline replaces only the part after its last word
# break (such as `=`), so the part before it, $typed, is removed from the answers.
_stprov_offer() # CURRENT WORDS...
{
	local current=$1 word

	shift
	for word; do
		if _stprov_begins "$word" "$current"; then
			COMPREPLY+=("${word:${#typed}}")
		fi
	done
}

# Sets words[] to the words up to the cursor, as the shell would pass them, and `typed` to the part
# of the last one that readline keeps. COMP_WORDS has `-M=x` and `fd00::1` in pieces.
_stprov_split()
{
	local line=$COMP_LINE piece blanks last i before=0

	words=()
	typed=''
	for ((i = 0; i <= COMP_CWORD; i++)); do
		piece=${COMP_WORDS[i]}
		blanks=${line%%[![:space:]]*}
		line=${line:${#blanks}}
		before=$((before + ${#blanks} + ${#piece}))
		if [ "$i" -gt 0 ] && [ -z "$blanks" ] && [ -n "$piece" ]; then
			typed=${words[-1]}
			words[-1]+=$piece
			if [ -z "${piece//[=:]/}" ]; then
				typed=${words[-1]}
			fi
		else
			typed=''
			words+=("$piece")
		fi
		line=${line:${#piece}}
	done
	# The cursor may stand within the last word, or in the blanks before it.
	if [ "$before" -gt "$COMP_POINT" ]; then
		last=${words[-1]}
		i=$((${#last} - before + COMP_POINT))
		words[-1]=${last:0:i > 0 ? i : 0}
		typed=${typed:0:${#words[-1]}}
	fi
}

# The kind of value of an option, as typed; fails if the command has no such option.
_stprov_kind() # -OPTION OPTIONS...
{
	local name=${1#-} option names

	name=${name#-}
	shift
	for option; do
		names=${option%%:*}
		if [ -n "$name" ] && { [ "${names%%,*}" = "$name" ] || [ "${names#*,}" = "$name" ]; }; then
			REPLY=${option#"$names"}
			REPLY=${REPLY#:}
			return 0
		fi
	done
	return 1
}

# Links separated by commas: those before the last comma are kept and not offered again.
_stprov_list() # PREFIX CURRENT WORDS...
{
	local prefix=$1 current=$2 word before='' listed

	shift 2
	if [ "${current%,*}" != "$current" ]; then
		before=${current%,*},
	fi
	listed=,$before
	for word; do
		if [ "${listed#*",$word,"}" = "$listed" ]; then
			_stprov_offer "$prefix$current" "$prefix$before$word"
		fi
	done
	# Another comma may follow.
	compopt -o nospace 2>/dev/null
}

# Completes a value of a kind, after PREFIX (`-A=`, or nothing) in the same word.
_stprov_value() # KIND PREFIX CURRENT
{
	local kind=$1 prefix=$2 current=$3 word

	case $kind in
	mode | link | flag | form | part | seal | store)
		case $kind in
		mode) _stprov_modes ;;
		link) _stprov_links ;;
		flag) REPLY='true false' ;;
		form) REPLY='networkd script none' ;;
		seal) REPLY='none tpm secure-boot' ;;
		store) REPLY='efi label' ;;
		part) REPLY='key public-key certificate name config address file' ;;
		esac
		for word in $REPLY; do
			_stprov_offer "$prefix$current" "$prefix$word"
		done
		;;
	links)
		_stprov_links
		# shellcheck disable=SC2086
		_stprov_list "$prefix" "$current" $REPLY
		;;
	# Names of files are readline's own business: blanks, quotes, tildes.
	file) compopt -o default 2>/dev/null ;;
	dir) compopt -o dirnames 2>/dev/null ;;
	esac
}

# Completes options from the typed part: the program accepts one dash or two.
_stprov_offer_options() # CURRENT OPTIONS...
{
	local current=$1 option names

	shift
	for option in "$@" ,help; do
		names=${option%%:*}
		if [ -z "$names" ]; then
			continue
		fi
		if [ "$current" = - ] || _stprov_begins "$current" -- || [ -z "$current" ]; then
			_stprov_offer "$current" "--${names#*,}"
		elif [ "$current" != "-${names%%,*}" ]; then
			_stprov_offer "$current" "-${names#*,}"
		fi
		if [ -n "$current" ] && [ -n "${names%%,*}" ]; then
			_stprov_offer "$current" "-${names%%,*}"
		fi
	done
}

# Completes the words after the commands: words[$1] is the first one, $2... are the options.
_stprov_arguments()
{
	local i=$1 end=$((${#words[@]} - 1)) operand='' word current=${words[-1]}

	shift
	for word; do
		if [ "${word#:}" != "$word" ]; then
			operand=${word#:}
		fi
	done
	for (( ; i < end; i++)); do
		word=${words[i]}
		if [ "$word" = -- ]; then
			[ "$((i + 1))" -lt "$end" ] || _stprov_value "$operand" '' "$current"
			return 0
		fi
		if ! _stprov_begins "$word" - || [ "$word" = - ]; then
			return 0
		fi
		if [ "${word#*=}" = "$word" ]; then
			_stprov_kind "$word" "$@" || return 0
			if [ -n "$REPLY" ] && [ "$((++i))" -eq "$end" ]; then
				_stprov_value "$REPLY" '' "$current"
				return 0
			fi
		fi
	done
	if _stprov_begins "$current" - && [ "${current#*=}" != "$current" ]; then
		_stprov_kind "${current%%=*}" "$@" || return 0
		_stprov_value "${REPLY:-flag}" "${current%%=*}=" "${current#*=}"
	elif _stprov_begins "$current" - || [ -z "$operand" ]; then
		_stprov_offer_options "$current" "$@"
	else
		_stprov_value "$operand" '' "$current"
	fi
}

_stprov()
{
	# The shell's options and IFS are whatever the user set them to, and stay so.
	local -
	set +efu
	local IFS=$' \t\n' REPLY path='' i=1 typed
	local -a words

	COMPREPLY=()
	_stprov_split
	# shellcheck disable=SC2086
	while _stprov_commands "$path"; do
		if [ "$i" -eq "$((${#words[@]} - 1))" ]; then
			if [ -n "${words[i]}" ]; then
				REPLY+=' --help'
				[ -n "$path" ] || REPLY+=' --version'
			fi
			_stprov_offer "${words[i]}" $REPLY
			return 0
		fi
		_stprov_resolve "${words[i]}" $REPLY || return 0
		path+=${path:+ }$REPLY
		i=$((i + 1))
	done
	# shellcheck disable=SC2086
	if _stprov_options "$path"; then
		_stprov_arguments "$i" $REPLY
	fi
}

complete -F _stprov stprov
