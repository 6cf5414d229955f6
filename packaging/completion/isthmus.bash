# Written by `bun run completion` from src/cli; not to be edited.
# Into a folder of bash-completion as "isthmus", or: source isthmus.bash
_isthmus() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words
  COMPREPLY=()
  case $previous in
    -P|--pid|-c|--config|-l|--log|-o|--from|--admin) COMPREPLY=($(compgen -f -- "$current")); return ;;
    -a|--addr|--net|-p|--port|-n|--name|--server_name|-m|--http_port|-ms|--https_port|-sl|--signal|--ports_file_dir|--log_size_limit) return ;;
  esac
  case ${COMP_WORDS[1]} in
    check) words="--help -c --json" ;;
    import) words="--help -o" ;;
    plan) words="--help -c --from" ;;
    explain) words="--help --reply --from --size --json --admin --url" ;;
    healthcheck) words="--help --ready --live --timeout --json --admin --url" ;;
    top) words="--help --once --interval --rows --json --admin --url" ;;
    tap) words="--help --admin --account --subject --limit --rate --seconds --payload --json" ;;
    diag) words="--help -o --json --admin --url" ;;
    *) words="-a --addr --net -p --port -n --name --server_name -P --pid -m --http_port -ms --https_port -c --config -t -sl --signal --ports_file_dir -l --log -T --logtime --log_size_limit -D --debug -V --trace -VV -DV -DVV -h --help -v --version"
      if [ "$COMP_CWORD" = 1 ]; then words="check import plan explain healthcheck top tap diag $words"; fi ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ ${#COMPREPLY[@]} = 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _isthmus isthmus
