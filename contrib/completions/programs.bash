# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2207
#
# bash completion of runtime(8) and layerctl(8), installed under both names.  What there is to complete is asked
# of the program's own --help, so that this file never lags behind its table of commands.

# The words of a --help page: of the commands, of all options, or of those options that take an argument.
_runtime_words() {
	local kind=$1 program=$2
	shift 2
	"$program" "$@" --help 2>/dev/null | awk -v kind="$kind" '
		/^[A-Z][a-z]*:$/ { part = $1; next }
		kind == "commands" && part == "Commands:" && NF { print $1 }
		part != "Options:" { next }
		kind == "options" { for (i = 1; i <= 2; i++) if ($i ~ /^-/) { sub(/,$/, "", $i); print $i } }
		kind == "valued" && match($0, /--[a-z-]+ [A-Z]/) { print substr($0, RSTART, RLENGTH - 2) }'
}

# The containers of a state root.
_runtime_containers() { compgen -W "$(ls "${1:-/run/runtime}" 2>/dev/null)" -- "$2"; }

_runtime() {
	local current=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]} command='' root='' valued i
	valued=" $(_runtime_words valued "$program" | tr '\n' ' ')"
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--root) root=${COMP_WORDS[i + 1]-} && i=$((i + 1)) ;;
		--root=*) root=${COMP_WORDS[i]#*=} ;;
		-*) [[ $valued != *" ${COMP_WORDS[i]} "* ]] || i=$((i + 1)) ;;
		*) command=${COMP_WORDS[i]} && break ;;
		esac
	done
	if [[ $current == -* ]]; then
		COMPREPLY=($(compgen -W "$(_runtime_words options "$program" ${command:+"$command"})" -- "$current"))
	elif [ -z "$command" ]; then
		COMPREPLY=($(compgen -W "$(_runtime_words commands "$program")" -- "$current"))
	elif [[ ${program##*/} == layerctl ]]; then
		COMPREPLY=($(compgen -f -- "$current"))
	elif [[ $command == @(run|create|spec) ]]; then
		COMPREPLY=($(compgen -d -- "$current"))
	else
		COMPREPLY=($(_runtime_containers "$root" "$current"))
	fi
}

complete -o filenames -F _runtime runtime layerctl
