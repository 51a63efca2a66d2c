# SPDX-License-Identifier: Apache-2.0
# Completion of kubefence(8) for fish.

set -g __kubefence_commands check explain inspect list gc logs denials learn profiles metrics help version ls ps status

# Containers by id and by name, and pods.
function __kubefence_containers
    for field in container_id container pod
        __kubefence_records $field
    end
end

function __kubefence_no_command
    not __fish_seen_subcommand_from $__kubefence_commands
end

# A field of the records. Pods wrote some of them: what is no plain name is left out.
function __kubefence_records --argument-names field
    set -l words (commandline -opc)
    set -l config
    if set -l i (contains -i -- --config $words)
        set config --config $words[(math $i + 1)]
    end
    $words[1] $config list --json 2>/dev/null |
        string replace -rf '.*"'$field'": ?"([A-Za-z0-9][A-Za-z0-9._-]*)".*' '$1' | sort -u
end

complete -c kubefence -f
complete -c kubefence -n __kubefence_no_command -l config -r -F -d 'Read FILE instead of the default configuration'
complete -c kubefence -n __kubefence_no_command -l help -d 'Print the usage'
complete -c kubefence -n __kubefence_no_command -l version -d 'Print the version'

complete -c kubefence -n __kubefence_no_command -a check -d 'Is this node ready to sandbox containers?'
complete -c kubefence -n __kubefence_no_command -a explain -d 'Would a container be sandboxed, and how?'
complete -c kubefence -n __kubefence_no_command -a inspect -d 'How is one container confined?'
complete -c kubefence -n __kubefence_no_command -a list -d 'The sandboxed containers of this node'
complete -c kubefence -n __kubefence_no_command -a gc -d 'Remove the records of containers that are gone'
complete -c kubefence -n __kubefence_no_command -a logs -d 'The decisions, from the journal'
complete -c kubefence -n __kubefence_no_command -a denials -d 'The refusals of containers, live'
complete -c kubefence -n __kubefence_no_command -a learn -d 'Which grants does a profile lack?'
complete -c kubefence -n __kubefence_no_command -a profiles -d 'Which profiles are installed?'
complete -c kubefence -n __kubefence_no_command -a metrics -d 'Numbers of this node, for Prometheus'
complete -c kubefence -n __kubefence_no_command -a help -d 'Print the usage'
complete -c kubefence -n __kubefence_no_command -a version -d 'Print the version'

complete -c kubefence -n '__fish_seen_subcommand_from help' -a 'check explain inspect list gc logs denials learn profiles metrics'
complete -c kubefence -n '__fish_seen_subcommand_from check explain inspect list status ls ps' -l json -d 'Print JSON'
complete -c kubefence -n '__fish_seen_subcommand_from check' -s v -l verbose -d 'Every value of the configuration, too'
complete -c kubefence -n '__fish_seen_subcommand_from gc' -l dry-run -d 'Only print the ids'
complete -c kubefence -n '__fish_seen_subcommand_from check explain inspect list status ls ps gc profiles' -l help -d 'Print the usage'
complete -c kubefence -n '__fish_seen_subcommand_from inspect status' -a '(__kubefence_containers)'
complete -c kubefence -n '__fish_seen_subcommand_from inspect status' -s o -l output -x -a 'short json yaml' -d 'Format'

set -l list -n '__fish_seen_subcommand_from list ls ps'
complete -c kubefence $list -s F -l filter -x -a 'id= status=running status=stale container= pod= namespace= profile= class=' -d 'Only those that fit'
complete -c kubefence $list -s q -l quiet -d 'Only ids'
complete -c kubefence $list -s a -l all -d 'Also the stale ones'
complete -c kubefence $list -s o -l output -x -a 'short wide json yaml' -d 'Format'

set -l explain -n '__fish_seen_subcommand_from explain'
complete -c kubefence $explain -F
complete -c kubefence $explain -s r -l handler -x -d 'As if its runtime were our wrapper NAME'
complete -c kubefence $explain -s c -l runtime-class -x -d 'As if the hook were told NAME'
complete -c kubefence $explain -s i -l id -x -d 'The id of the container'

set -l logs -n '__fish_seen_subcommand_from logs'
complete -c kubefence $logs -s f -l follow -d 'Go on with new decisions'
complete -c kubefence $logs -s p -l pod -x -a '(__kubefence_records pod)' -d 'Only about this pod'
complete -c kubefence $logs -s N -l namespace -x -a '(__kubefence_records namespace)' -d 'Only pods of this namespace'
complete -c kubefence $logs -a '(__kubefence_containers)'
complete -c kubefence $logs -s d -l denied -d 'Only what was refused'
complete -c kubefence $logs -s S -l since -x -a '10m 1h 1d' -d 'From then on'
complete -c kubefence $logs -s n -l lines -x -d 'Only the newest'
complete -c kubefence $logs -s o -l output -x -a 'short wide json yaml' -d 'Format'
complete -c kubefence $logs -s D -l directory -x -a '(__fish_complete_directories)' -d 'Journal files in a directory'
complete -c kubefence $logs -s h -l help -d 'Print the usage'

set -l denials -n '__fish_seen_subcommand_from denials'
complete -c kubefence $denials -a '(__kubefence_containers)'
complete -c kubefence $denials -s f -l follow -d 'Print at once'
complete -c kubefence $denials -s a -l all -d 'All sandboxed containers'
complete -c kubefence $denials -s p -l pod -x -a '(__kubefence_records pod)' -d 'Only those of this pod'
complete -c kubefence $denials -s N -l namespace -x -a '(__kubefence_records namespace)' -d 'Only pods of this namespace'
complete -c kubefence $denials -s o -l output -x -a 'short json yaml' -d 'Format'
complete -c kubefence $denials -s t -l ptrace -d 'Use ptrace in place of BPF'
complete -c kubefence $denials -s h -l help -d 'Print the usage'

set -l learn -n '__fish_seen_subcommand_from learn'
complete -c kubefence $learn -a '(__kubefence_containers)'
complete -c kubefence $learn -s p -l pod -x -a '(__kubefence_records pod)' -d 'Only containers of this pod'
complete -c kubefence $learn -s N -l namespace -x -a '(__kubefence_records namespace)' -d 'Only pods of this namespace'
complete -c kubefence $learn -s w -l write -x -d 'Put the changed profile beside the others'
complete -c kubefence $learn -s R -l replace -d 'Replace a profile of that name'
complete -c kubefence $learn -s s -l secrets -d 'Secret places, too'
complete -c kubefence $learn -s r -l handler -x -d 'The class of the bundle'
complete -c kubefence $learn -s t -l ptrace -d 'Use ptrace in place of BPF'
complete -c kubefence $learn -s h -l help -d 'Print the usage'

set -l metrics -n '__fish_seen_subcommand_from metrics'
complete -c kubefence $metrics -s o -l output -r -F -d 'Replace a file'
complete -c kubefence $metrics -s h -l help -d 'Print the usage'
