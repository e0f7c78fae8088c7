# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2207
#
# bash completion of runtime(8).  What there is to complete is asked of the program's own --help, so that
# this file never lags behind its table of commands.

# The words of a --help page: options, or with `commands` the first word of each line under "Commands:".
_runtime_words() {
	local kind=$1 program=$2
	shift 2
	"$program" "$@" --help 2>/dev/null | awk -v kind="$kind" '
		/^[A-Z][a-z]*:$/ { part = $1; next }
		kind == "commands" && part == "Commands:" && NF { print $1 }
		kind == "options" && part == "Options:" { for (i = 1; i <= 2; i++) if ($i ~ /^-/) { sub(/,$/, "", $i); print $i } }'
}

_runtime() {
	local current=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]} command='' root=/run/runtime i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--root) root=${COMP_WORDS[i + 1]-} && i=$((i + 1)) ;;
		--root=*) root=${COMP_WORDS[i]#*=} ;;
		--log | --log-format | --log-level | --cgroup-manager | --rootless) i=$((i + 1)) ;;
		-*) ;;
		*) command=${COMP_WORDS[i]} && break ;;
		esac
	done
	if [[ $current == -* ]]; then
		COMPREPLY=($(compgen -W "$(_runtime_words options "$program" ${command:+"$command"})" -- "$current"))
	elif [ -z "$command" ]; then
		COMPREPLY=($(compgen -W "$(_runtime_words commands "$program")" -- "$current"))
	elif [[ $command == @(run|create|spec) ]]; then
		COMPREPLY=($(compgen -d -- "$current"))
	else
		COMPREPLY=($(compgen -W "$(ls "$root" 2>/dev/null)" -- "$current"))
	fi
}

complete -o filenames -F _runtime runtime
