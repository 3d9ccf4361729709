# SPDX-License-Identifier: BSD-2-Clause
# Completion of stprov's command line for fish 3.1 and newer: commands (shortened ones are accepted,
# as in stprov), options, bonding modes, links, files.
#
# The tables are _stprov_commands and _stprov_options. tests/lint/test_completion.py compares them
# with the program's help.

# The commands that may follow these words; fails if there are none.
function _stprov_commands
    switch "$argv[1]"
        case ''
            string split ' ' 'help version defaults local remote host'
        case local
            string split ' ' 'help run console check attestation'
        case remote
            string split ' ' 'help static dhcp run console status clear'
        case host
            string split ' ' 'help show apply status'
        case '*'
            return 1
    end
end

# The options of a command as LETTER,NAME:VALUE. _stprov_value completes VALUE; without it the
# option is a flag. Without LETTER the option has only a long name. `:VALUE` alone is the argument
# of the command. Fails for a command that has neither.
function _stprov_options
    set -l network h,host:text H,full-host:text r,url:text u,user:text p,pass:text d,dns:text \
        m,mac:text I,interface:link A,autodetect B,bonding-auto b,bonding:links \
        M,bonding-mode:mode w,wait:text f,force S,store:store E,efivars:dir T,trust-policy:dir \
        ,roots:file

    switch "$argv[1]"
        case 'local run'
            printf '%s\n' o,otp:text i,ip:text p,port:text ,wait:text c,compat \
                ,words:text ,no-compare ,name:text ,pk:file ,kek:file ,db:file ,dbx:file n,no-uefi-menu-reboot \
                ,file:text ,authorized-keys:file ,keep-files ,host-ca:file ,principals:text ,validity:text \
                ,seal:seal ,boot-cert:file ,image-cert:file ,attest:file ,ek:text \
                ,ek-roots:file ,image:file ,defaults:file ,known-hosts:file ,replace ,json
        case 'local console'
            printf '%s\n' ,setup:text ,run:text ,wait-console:text ,leave:text ,cr ,yes \
                ,wait:text ,name:text ,pk:file ,kek:file ,db:file ,dbx:file n,no-uefi-menu-reboot \
                ,file:text ,authorized-keys:file ,keep-files ,host-ca:file ,principals:text ,validity:text \
                ,seal:seal ,boot-cert:file ,image-cert:file ,attest:file ,ek:text \
                ,ek-roots:file ,image:file ,defaults:file ,known-hosts:file ,replace ,json :text
        case 'local check'
            printf '%s\n' :file
        case 'local attestation'
            printf '%s\n' ,ek:text ,ek-roots:file ,image:file ,defaults:file ,signers:file :file
        case 'remote run'
            printf '%s\n' o,otp:text i,ip:text p,port:text a,allow:text c,compat ,json ,tpm:file \
                ,require-seal S,store:store E,efivars:dir T,trust-policy:dir
        case 'remote console'
            printf '%s\n' w,wait:text
        case 'remote static'
            printf '%s\n' i,ip:text g,gateway:text x,try-last-gateway $network
        case 'remote dhcp'
            printf '%s\n' $network
        case 'remote status'
            printf '%s\n' j,json S,store:store E,efivars:dir ,tpm:file T,trust-policy:dir
        case 'remote clear'
            printf '%s\n' y,yes S,store:store E,efivars:dir ,tpm:file ,without-tpm T,trust-policy:dir
        case 'host show'
            printf '%s\n' f,force ,root:dir E,efivars:dir ,tpm:file :part
        case 'host apply'
            printf '%s\n' ,root:dir ,network:form ,only:text ,replace E,efivars:dir ,tpm:file
        case 'host status'
            printf '%s\n' j,json ,root:dir E,efivars:dir ,tpm:file
        case '*'
            return 1
    end
end

function _stprov_modes
    string split ' ' 'balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb'
end

function _stprov_links
    for path in /sys/class/net/*/
        set -l name (string split -r -m 1 / (string trim -r -c / $path))[-1]
        test $name = lo; or echo $name
    end
end

# The command among WORDS that the program selects for WORD: the same word, or its only completion.
function _stprov_resolve # WORD WORDS...
    set -l word $argv[1]
    set -l found

    test -n "$word"; or return 1
    for candidate in $argv[2..-1]
        if test $candidate = $word
            echo $word
            return
        end
        # A prefix of both `static` and `status` means `static`, as in the program.
        if test $candidate = status; and test (string length -- $word) -lt 5; and contains static $argv
            continue
        end
        if test (string sub -l (string length -- $word) -- $candidate) = $word
            set found $found $candidate
        end
    end
    test (count $found) -eq 1; and echo $found
end

# The kind of value of an option, as typed, or an empty line for a flag; fails if the command has no
# such option.
function _stprov_kind # -OPTION OPTIONS...
    set -l name (string replace -r -- '^--?' '' $argv[1])

    for option in $argv[2..-1]
        set -l parts (string split -m 1 : -- $option) ''
        set -l names (string split -m 1 , -- $parts[1])
        if test -n "$name"; and contains -- "$name" $names
            echo $parts[2]
            return
        end
    end
    return 1
end

# Completes a value of a kind, after PREFIX (`-A=`, or nothing) in the same word.
function _stprov_value # KIND PREFIX CURRENT
    set -l prefix $argv[2]
    set -l current $argv[3]

    switch "$argv[1]"
        case mode
            printf '%s\n' $prefix(_stprov_modes)
        case link
            printf '%s\n' $prefix(_stprov_links)
        case flag
            printf '%s\n' $prefix{true,false}
        case form
            printf '%s\n' $prefix{networkd,script,none}
        case seal
            printf '%s\n' $prefix{none,tpm,secure-boot}
        case store
            printf '%s\n' $prefix{efi,label}
        case part
            printf '%s\n' $prefix{key,public-key,certificate,name,config,address,file}
        case links
            set -l listed (string split , -- $current)[1..-2]
            set -l before (string join , -- $listed '')
            for link in (_stprov_links)
                contains -- $link $listed; or echo $prefix$before$link
            end
        case file
            printf '%s\n' $prefix(__fish_complete_path $current)
        case dir
            printf '%s\n' $prefix(__fish_complete_directories $current '')
    end
end

# Completes options from the typed part: the program accepts one dash or two.
function _stprov_offer_options # CURRENT OPTIONS...
    set -l current $argv[1]

    for option in $argv[2..-1] ,help
        set -l names (string split -m 1 , -- (string split -m 1 : -- $option)[1])
        test (count $names) -eq 2; or continue
        if test "$current" = ''; or test "$current" = -; or string match -q -- '--*' $current
            echo -- --$names[2]
        else if test "$current" != "-$names[1]"
            echo -- -$names[2]
        end
        if test -n "$current"; and test -n "$names[1]"
            printf '%s\n' -$names[1]
        end
    end
end

# Completes the words after the commands: `typed` are those before the cursor's word, without the
# commands.
function _stprov_arguments # CURRENT NUMBER TYPED... OPTIONS...
    set -l current $argv[1]
    set -l end (math 2 + $argv[2])
    set -l options $argv[(math $end + 1)..-1]
    set -l operand (string replace -f -r '^:' '' -- $options)
    set -l i 3

    while test $i -le $end
        set -l word $argv[$i]
        if test "$word" = --
            test $i -lt $end; or _stprov_value "$operand" '' $current
            return
        end
        string match -q -- '-?*' $word; or return
        if not string match -q -- '*=*' $word
            set -l kind (_stprov_kind $word $options); or return
            if test -n "$kind"
                if test $i -eq $end
                    _stprov_value $kind '' $current
                    return
                end
                set i (math $i + 1)
            end
        end
        set i (math $i + 1)
    end
    if string match -q -- '-*=*' $current
        set -l halves (string split -m 1 = -- $current)
        set -l kind (_stprov_kind $halves[1] $options); or return
        test -n "$kind"; or set kind flag
        _stprov_value $kind $halves[1]= $halves[2]
    else if string match -q -- '-*' $current; or test -z "$operand"
        _stprov_offer_options "$current" $options
    else
        _stprov_value $operand '' $current
    end
end

function _stprov_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l at
    set -l commands

    set -e words[1]
    while set commands (_stprov_commands "$at")
        if test (count $words) -eq 0
            printf '%s\n' $commands
            if string match -q -- '-*' $current
                printf '%s\n' --help
                test -n "$at"; or printf '%s\n' --version
            end
            return
        end
        set -l command (_stprov_resolve $words[1] $commands); or return
        set at (string trim "$at $command")
        set -e words[1]
    end
    set -l options (_stprov_options "$at"); or return
    _stprov_arguments "$current" (count $words) $words $options
end

complete -c stprov -f -a '(_stprov_complete)'
