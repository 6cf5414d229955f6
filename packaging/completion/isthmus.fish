# Written by `bun run completion` from src/cli; not to be edited.
# Into ~/.config/fish/completions.
complete -c isthmus -n __fish_use_subcommand -a check
complete -c isthmus -n __fish_use_subcommand -a import
complete -c isthmus -n __fish_use_subcommand -a plan
complete -c isthmus -n __fish_use_subcommand -a explain
complete -c isthmus -n __fish_use_subcommand -a healthcheck
complete -c isthmus -n __fish_use_subcommand -a top
complete -c isthmus -n __fish_use_subcommand -a tap
complete -c isthmus -n __fish_use_subcommand -a diag
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -s a -l addr -l net -x -d 'Bind to host address'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -s p -l port -x -d 'Use port for clients'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -s n -l name -l server_name -x -d 'Server name'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -s P -l pid -r -F -d 'File to store PID'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -s m -l http_port -x -d 'Use port for http monitoring'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -o ms -l https_port -x -d 'Use port for https monitoring'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -s c -l config -r -F -d 'Configuration file'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -s t -d 'Test configuration and exit'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -o sl -l signal -x -d 'Send signal to a running isthmus'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -l ports_file_dir -x -d 'Create isthmus_<pid>.ports in this folder: where it listens'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -s l -l log -r -F -d 'File to redirect log output'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -s T -l logtime -d 'Timestamp log entries'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -l log_size_limit -x -d 'Bytes of a log file before it is set aside'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -s D -l debug -d 'Enable debugging output'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -s V -l trace -d 'Trace the raw protocol'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -o VV -d 'Verbose trace'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -o DV -d 'Debug and trace'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -o DVV -d 'Debug and verbose trace'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -s h -l help -d 'Show this message'
complete -c isthmus -n 'not __fish_seen_subcommand_from check import plan explain healthcheck top tap diag' -s v -l version -d 'Show version'
complete -c isthmus -n '__fish_seen_subcommand_from check' -s c -r -F
complete -c isthmus -n '__fish_seen_subcommand_from check' -l json
complete -c isthmus -n '__fish_seen_subcommand_from import' -s o -r -F
complete -c isthmus -n '__fish_seen_subcommand_from plan' -s c -r -F
complete -c isthmus -n '__fish_seen_subcommand_from plan' -l from -r -F
complete -c isthmus -n '__fish_seen_subcommand_from explain' -l reply -x
complete -c isthmus -n '__fish_seen_subcommand_from explain' -l from -x
complete -c isthmus -n '__fish_seen_subcommand_from explain' -l size -x
complete -c isthmus -n '__fish_seen_subcommand_from explain' -l json
complete -c isthmus -n '__fish_seen_subcommand_from explain' -l admin -r -F
complete -c isthmus -n '__fish_seen_subcommand_from explain' -l url -x
complete -c isthmus -n '__fish_seen_subcommand_from healthcheck' -l ready
complete -c isthmus -n '__fish_seen_subcommand_from healthcheck' -l live
complete -c isthmus -n '__fish_seen_subcommand_from healthcheck' -l timeout -x
complete -c isthmus -n '__fish_seen_subcommand_from healthcheck' -l json
complete -c isthmus -n '__fish_seen_subcommand_from healthcheck' -l admin -r -F
complete -c isthmus -n '__fish_seen_subcommand_from healthcheck' -l url -x
complete -c isthmus -n '__fish_seen_subcommand_from top' -l once
complete -c isthmus -n '__fish_seen_subcommand_from top' -l interval -x
complete -c isthmus -n '__fish_seen_subcommand_from top' -l rows -x
complete -c isthmus -n '__fish_seen_subcommand_from top' -l json
complete -c isthmus -n '__fish_seen_subcommand_from top' -l admin -r -F
complete -c isthmus -n '__fish_seen_subcommand_from top' -l url -x
complete -c isthmus -n '__fish_seen_subcommand_from tap' -l admin -r -F
complete -c isthmus -n '__fish_seen_subcommand_from tap' -l account -x
complete -c isthmus -n '__fish_seen_subcommand_from tap' -l subject -x
complete -c isthmus -n '__fish_seen_subcommand_from tap' -l limit -x
complete -c isthmus -n '__fish_seen_subcommand_from tap' -l rate -x
complete -c isthmus -n '__fish_seen_subcommand_from tap' -l seconds -x
complete -c isthmus -n '__fish_seen_subcommand_from tap' -l payload
complete -c isthmus -n '__fish_seen_subcommand_from tap' -l json
complete -c isthmus -n '__fish_seen_subcommand_from diag' -s o -r -F
complete -c isthmus -n '__fish_seen_subcommand_from diag' -l json
complete -c isthmus -n '__fish_seen_subcommand_from diag' -l admin -r -F
complete -c isthmus -n '__fish_seen_subcommand_from diag' -l url -x
