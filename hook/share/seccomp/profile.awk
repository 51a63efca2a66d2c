# SPDX-License-Identifier: Apache-2.0
#
# Makes a profile of "syscalls" (the form of it is explained there): linux.seccomp of the OCI runtime specification, with
# archMap, includes and excludes as in the profiles of Podman and Docker, for oci/seccomp.c to resolve.
#
#   awk -v profile=runtime-default|restricted -f profile.awk [architectures] syscalls
#
# Without "architectures" the profile means the same, and the filter becomes larger.

function fail(message) {
	printf "%s:%d: %s\n", FILENAME, FNR, message > "/dev/stderr"
	failed = 1
	exit 1
}

function list(words, count,    i, text) {
	for (i = 1; i <= count; i++)
		text = text (i > 1 ? "," : "") "\"" words[i] "\""
	return "[" text "]"
}

# mawk, gawk and busybox agree on no other way to read hexadecimal.
function number(text,    i, digit, value) {
	if (text !~ /^(0x[0-9a-f]+|[0-9]+)$/)
		fail("no number: " text)
	if (text !~ /^0x/)
		return text + 0
	for (i = 3; i <= length(text); i++) {
		digit = index("0123456789abcdef", substr(text, i, 1)) - 1
		value = value * 16 + digit
	}
	return sprintf("%.0f", value)
}

function errno_of(word) {
	if (!(word in errnos))
		fail("unknown action or error: " word)
	return errnos[word]
}

function entry(names, args, action, errno, includes, excludes) {
	entries = entries (entries == "" ? "" : ",\n") "{\"names\":" names ",\"action\":\"SCMP_ACT_" action "\""
	if (action == "ERRNO")
		entries = entries ",\"errnoRet\":" errno
	if (args != "")
		entries = entries ",\"args\":[" args "]"
	if (includes != "")
		entries = entries ",\"includes\":{" includes "}"
	if (excludes != "")
		entries = entries ",\"excludes\":{" excludes "}"
	entries = entries "}"
}

function caps_filter(caps, count) {
	return count ? "\"caps\":" list(caps, count) : ""
}

function both(a, b) {
	return a != "" && b != "" ? a "," b : a b
}

# What the section says about these names. Those of [ENOSYS] without a condition need no entry: it is the default.
function emit(names, args,    i, one) {
	if (section == "needs") {
		for (i = 1; i <= with_count; i++) {
			one[1] = with_caps[i]
			entry(names, args, "ALLOW", 0, both(caps_filter(one, 1), on_arches), not_on_arches)
		}
		entry(names, args, "ERRNO", errnos["EPERM"], on_arches, both(caps_filter(with_caps, with_count), not_on_arches))
	} else if (section == "restricted" && profile == "restricted") {
		entry(names, args, "ERRNO", errnos["EPERM"], on_arches, not_on_arches)
	} else if (section == "allow" || section == "restricted") {
		entry(names, args, "ALLOW", 0, both(caps_filter(with_caps, with_count), on_arches),
		      both(caps_filter(unless_caps, unless_count), not_on_arches))
	} else if (section != "ENOSYS" || unless_count) {
		entry(names, args, "ERRNO", errno_of(section), both(caps_filter(with_caps, with_count), on_arches),
		      both(caps_filter(unless_caps, unless_count), not_on_arches))
	}
}

# The architectures that have the call, for those sections that do not say it.
function arches_of(name) {
	return on_arches == "" && (name in only_on) ? only_on[name] : on_arches
}

# emit(NAME_LIST, ARGS) for these architectures.
function emit_on(arches, name_list, args,    of_section) {
	of_section = on_arches
	on_arches = arches
	emit(name_list, args)
	on_arches = of_section
}

# An entry for all names with the same architectures, in the order of the first of each.
function flush_names(    i, arches, count, order, names_on) {
	for (i = 1; i <= name_count; i++) {
		arches = arches_of(names[i])
		if (!(arches in names_on))
			order[++count] = arches
		names_on[arches] = names_on[arches] (names_on[arches] == "" ? "" : ",") "\"" names[i] "\""
	}
	for (i = 1; i <= count; i++)
		emit_on(order[i], "[" names_on[order[i]] "]", "")
	name_count = 0
}

function open_section(text,    words, count, i, mode, arches, arch_count, not_arches, not_count) {
	flush_names()
	if (text !~ /^\[[^][]+\][ \t]*$/)
		fail("no section: " text)
	gsub(/[][,]/, " ", text)
	count = split(text, words, " ")
	section = words[1]
	if (section !~ /^(allow|needs|restricted)$/)
		errno_of(section)
	mode = section == "needs" ? "with" : ""
	with_count = unless_count = arch_count = not_count = 0
	for (i = 2; i <= count; i++) {
		if (words[i] == "not" && words[i + 1] == "on") {
			mode = "not on"
			i++
		} else if (words[i] ~ /^(with|unless|on)$/) {
			mode = words[i]
		} else if (words[i] == "or" && section == "needs") {
			continue
		} else if (mode == "with" && words[i] ~ /^CAP_[A-Z_]+$/) {
			with_caps[++with_count] = words[i]
		} else if (mode == "unless" && words[i] ~ /^CAP_[A-Z_]+$/) {
			unless_caps[++unless_count] = words[i]
		} else if (mode == "on") {
			arches[++arch_count] = words[i]
		} else if (mode == "not on") {
			not_arches[++not_count] = words[i]
		} else {
			fail("what is '" words[i] "' in a section?")
		}
	}
	on_arches = arch_count ? "\"arches\":" list(arches, arch_count) : ""
	not_on_arches = not_count ? "\"arches\":" list(not_arches, not_count) : ""
}

function arg(index_, op, value, value_two) {
	return "{\"index\":" number(index_) ",\"value\":" value (value_two == "" ? "" : ",\"valueTwo\":" value_two) \
		",\"op\":\"SCMP_CMP_" op "\"}"
}

# "N has MASK": a rule for each bit, because there is no "masked and not equal".
function each_bit(name, index_, mask,    bit) {
	for (bit = 1; bit <= mask; bit *= 2)
		if (int(mask / bit) % 2 == 1)
			emit(name, arg(index_, "MASKED_EQ", bit, bit))
}

# NAME if CONDITION [and CONDITION]
function conditional(text,    words, count, i, args, one, name) {
	count = split(text, words, " ")
	flush_names()
	one[1] = words[1]
	name = list(one, 1)
	if (words[4] == "has" && count == 5) {
		each_bit(name, words[3], number(words[5]) + 0)
		return
	}
	for (i = 3; i <= count; i++) {
		args = args (args == "" ? "" : ",")
		if (words[i + 1] == "lacks") {
			args = args arg(words[i], "MASKED_EQ", number(words[i + 2]), 0)
			i += 3
		} else if (words[i + 1] == "&" && words[i + 3] == "=") {
			args = args arg(words[i], "MASKED_EQ", number(words[i + 2]), number(words[i + 4]))
			i += 5
		} else if (words[i + 1] == "=" || words[i + 1] == "!=") {
			args = args arg(words[i], words[i + 1] == "=" ? "EQ" : "NE", number(words[i + 2]))
			i += 3
		} else {
			fail("no condition: " text)
		}
		if (i <= count && words[i] != "and")
			fail("'and' should be between conditions: " text)
	}
	emit_on(arches_of(words[1]), name, args)
}

# A line of "architectures": a section, or the names in it.
function note_architectures(text,    words, count, i) {
	if (text ~ /^\[[^][]+\][ \t]*$/) {
		gsub(/[][]/, " ", text)
		count = split(text, words, " ")
		having = "\"arches\":" list(words, count)
		return
	}
	count = split(text, words, " ")
	for (i = 1; i <= count; i++) {
		if (having == "" || words[i] !~ /^[a-z_][a-z0-9_]*$/)
			fail("no system call in a section of architectures: " words[i])
		only_on[words[i]] = having
	}
}

BEGIN {
	errnos["EPERM"] = 1
	errnos["EINVAL"] = 22
	errnos["ENOSYS"] = 38
	errnos["EAFNOSUPPORT"] = 97
	if (profile !~ /^(runtime-default|restricted)$/) {
		printf "profile.awk: -v profile=runtime-default or restricted\n" > "/dev/stderr"
		failed = 1
		exit 1
	}
}

{
	sub(/#.*/, "")
}

/^[ \t]*$/ {
	next
}

FILENAME ~ /(^|\/)architectures$/ {
	note_architectures($0)
	next
}

/^\[/ {
	open_section($0)
	next
}

section == "" {
	fail("a name before the first section")
}

$2 == "if" {
	conditional($0)
	next
}

{
	for (i = 1; i <= NF; i++) {
		if ($i !~ /^[a-z_][a-z0-9_]*$/)
			fail("no system call: " $i)
		names[++name_count] = $i
	}
}

END {
	if (failed)
		exit 1
	flush_names()
	print "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":" errnos["ENOSYS"] ","
	print "\"archMap\":["
	print "{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":[\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]},"
	print "{\"architecture\":\"SCMP_ARCH_AARCH64\",\"subArchitectures\":[\"SCMP_ARCH_ARM\"]},"
	print "{\"architecture\":\"SCMP_ARCH_ARM\",\"subArchitectures\":[]},"
	print "{\"architecture\":\"SCMP_ARCH_RISCV64\",\"subArchitectures\":[]},"
	print "{\"architecture\":\"SCMP_ARCH_S390X\",\"subArchitectures\":[\"SCMP_ARCH_S390\"]},"
	print "{\"architecture\":\"SCMP_ARCH_PPC64LE\",\"subArchitectures\":[]}],"
	print "\"syscalls\":[\n" entries "]}"
}
