# SPDX-License-Identifier: BSD-2-Clause
"""The rules for what a laptop without Linux runs: local/, all below it that it needs, and main.c.

Which files these are is read from the build: what the meson.build files name outside `if remote`.
"""
import re

import rules

# Headers of ISO C17, and of POSIX.1-2017 without its options for tracing, streams and realtime
# scheduling (XBD chapter 13).
C_HEADERS = set("""assert.h ctype.h errno.h float.h inttypes.h iso646.h limits.h locale.h math.h
    setjmp.h signal.h stdalign.h stdarg.h stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h
    string.h time.h wchar.h wctype.h""".split())
POSIX_HEADERS = set("""arpa/inet.h dirent.h dlfcn.h fcntl.h fnmatch.h ftw.h glob.h grp.h iconv.h
    langinfo.h libgen.h net/if.h netdb.h netinet/in.h netinet/tcp.h nl_types.h poll.h pthread.h
    pwd.h regex.h sched.h semaphore.h spawn.h strings.h sys/mman.h sys/resource.h sys/select.h
    sys/socket.h sys/stat.h sys/statvfs.h sys/time.h sys/times.h sys/types.h sys/uio.h sys/un.h
    sys/utsname.h sys/wait.h syslog.h tar.h termios.h unistd.h utime.h wordexp.h""".split())

# What Linux, glibc or the BSDs have beside POSIX.1-2017. The compiler finds functions that no
# header declares, but not constants, and not what another system's headers do declare.
FOREIGN_WORDS = set("""
    accept4 asprintf canonicalize_file_name cfmakeraw clearenv close_range closefrom
    copy_file_range daemon dprintf_l dup3 epoll_create epoll_create1 epoll_ctl epoll_wait
    errx euidaccess eventfd execveat execvpe explicit_bzero explicit_memset fallocate fcloseall
    flock fmemopen_l forkpty freeifaddrs fsetxattr fstatfs futimes getdents64 getentropy
    getifaddrs getpass getprogname getrandom gettid inotify_init ioctl kqueue lchmod login_tty
    memccpy_s memfd_create memfrob memmem mempcpy memrchr memset_s mkostemp mkstemps mount
    openpty personality pipe2 pivot_root ppoll prctl prlimit ptsname_r qsort_r rawmemchr
    reallocarray recvmmsg renameat2 secure_getenv sendfile sendmmsg setgroups setns
    setproctitle sigandset sigisemptyset signalfd sigorset splice statfs statx strcasestr
    strchrnul strdupa strlcat strlcpy strsep strtonum strverscmp sync_file_range syncfs syscall
    sysctl tgkill timegm timerfd_create timerfd_settime ttyslot umount unshare usleep
    vasprintf vfork wait3 wait4 warnx
    AT_EMPTY_PATH CLOCK_BOOTTIME CLOCK_MONOTONIC_RAW CLOSE_RANGE_CLOEXEC EAI_ADDRFAMILY
    EAI_NODATA EHOSTDOWN ENONET F_DUPFD_QUERY F_OFD_SETLK F_SETPIPE_SZ IFF_LOOPBACK IFF_UP
    LOCK_EX LOCK_NB LOCK_UN MAP_ANONYMOUS MFD_CLOEXEC MSG_CMSG_CLOEXEC MSG_DONTWAIT MSG_MORE
    NSIG O_ASYNC O_DIRECT O_LARGEFILE O_NOATIME O_PATH O_TMPFILE PR_SET_DUMPABLE
    PR_SET_PDEATHSIG RLIMIT_MEMLOCK RLIMIT_NPROC RLIMIT_SIGPENDING SFD_CLOEXEC SIGIO SIGPWR
    SIGSTKFLT SIGWINCH SOCK_CLOEXEC SOCK_NONBLOCK SO_BINDTODEVICE SO_PEERCRED SO_REUSEPORT
    SPLICE_F_MOVE TCP_CORK TCP_KEEPCNT TCP_KEEPIDLE TCP_KEEPINTVL TCP_USER_TIMEOUT
    TEMP_FAILURE_RETRY TIOCGPTPEER TIOCGWINSZ TIOCNOTTY TIOCSCTTY TIOCSTI TIOCSWINSZ
    """.split())
# A path of Linux's own file systems.
FOREIGN_PATH = re.compile(r'"/(?:proc|sys|run)/')
# {file: why its path is one of another machine}.
PATHS_OF_OTHERS = {"efi/efi.h": "the platform's", "eventlog/eventlog.h": "the platform's"}
# {function: why it has no twin}.
LINUX_ALONE = {"world_make_private": "for the platform's commands"}
FEATURE = re.compile(r"(?m)^\s*#\s*define\s+(_\w+_SOURCE)\b")
# Realtime signals and their waiting functions are POSIX, but macOS and OpenBSD lack them.
RARE_WORDS = {"sigtimedwait", "sigwaitinfo", "sigqueue", "SIGRTMIN", "SIGRTMAX", "SOCK_SEQPACKET"}
# A member or a name of ours may be spelled so; a call or a constant may not.
FOREIGN_WORD = re.compile(r"(?<![\w.>])(%s)(?=\s*\(|(?<=[A-Z\d])\b)" % "|".join(
    sorted(FOREIGN_WORDS | RARE_WORDS, key=len, reverse=True)))


def kept_lines(text):
    """The lines of a meson.build that apply with -Dremote=false."""
    conditions = []
    for line in text.split("\n"):
        word = line.strip()
        if word.startswith("if "):
            conditions.append({"if remote": False}.get(word, True))
        elif word == "else":
            conditions[-1] = not conditions[-1]
        elif word == "endif":
            conditions.pop()
        elif all(conditions):
            yield line


def folder_sources(folder, text):
    kept = "\n".join(kept_lines(text))
    names = set(re.findall(r"'([a-z]\w*\.c)'", kept))
    if twins := re.search(r"base_twins = \[([^]]*)\]", kept):
        names |= {name + "_posix.c" for name in re.findall(r"'(\w+)'", twins[1])}
    return {f"{folder}/{name}" for name in names}


def laptop_files(src, tree):
    """Of a tree of sources: those that are compiled for the laptop, and what they include."""
    folders = re.findall(r"subdir\('(\w+)'\)",
                         "\n".join(kept_lines((src / "meson.build").read_text())))
    found = {"main.c"}
    for folder in folders:
        found |= folder_sources(folder, (src / folder / "meson.build").read_text())
    return with_headers(found, tree)


def with_headers(found, tree):
    todo, found = sorted(found), set(found)
    while todo:
        text = rules.blank(tree[todo.pop()], True)
        for header in re.findall(r'(?m)^\s*#\s*include\s*"([^"]*)"', text):
            if header in tree and header not in found:
                found.add(header)
                todo.append(header)
    return found


def header_complaints(path, text):
    own = [prefix for prefix, folder in rules.FOREIGN.items() if folder == rules.folder_of(path)]
    return [f"{path}: <{header}> is not a header of POSIX"
            for header in re.findall(r"(?m)^\s*#\s*include\s*<([^>]*)>", rules.blank(text))
            if header not in C_HEADERS | POSIX_HEADERS and not header.startswith(tuple(own))]


def word_complaints(path, text):
    code = rules.blank(text)
    # Used where there is one.
    optional = set(re.findall(r"(?m)^\s*#\s*ifdef\s+(\w+)", code))
    return [f"{path}:{rules.line_of(code, match.start())}: {match[1]} is not for every system with "
            "POSIX" for match in FOREIGN_WORD.finditer(code) if match[1] not in optional]


def path_complaints(path, text):
    code = rules.blank(text, True)
    return [f"{path}:{rules.line_of(code, match.start())}: a path of Linux"
            for match in FOREIGN_PATH.finditer(code) if path not in PATHS_OF_OTHERS]


def feature_complaints(path, text):
    """What a libc shows beside POSIX is asked for in base/ alone, and there only the option XSI."""
    return [f"{path}: defines {name}" for name in FEATURE.findall(rules.blank(text))
            if (rules.folder_of(path), name) != ("base", "_XOPEN_SOURCE")]


def complaints_of(path, text):
    return (header_complaints(path, text) + word_complaints(path, text) +
            path_complaints(path, text) + feature_complaints(path, text))


def exported(text):
    """The functions of a file that other files may call."""
    return {name for name, first, _ in rules.functions(text)
            if not text.split("\n")[first - 1].startswith("static")}


def twin_complaints(tree):
    """NAME_linux.c and NAME_posix.c define the same functions."""
    complaints = []
    for path in sorted(tree):
        if match := re.fullmatch(r"(.*)_(linux|posix)\.c", path):
            other = f"{match[1]}_{'posix' if match[2] == 'linux' else 'linux'}.c"
            ours, theirs = exported(tree[path]), exported(tree.get(other, ""))
            missing = sorted(ours - theirs - set(LINUX_ALONE))
            complaints += [f"{other}: no {name}()" for name in missing]
    return complaints
