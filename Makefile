# SPDX-License-Identifier: BSD-2-Clause
# The build is in meson.build. This file adds the installation of Debian packages, the variables of
# the released Makefile, and one target for each task.
#
#	make            build/stprov
#	make static     build-static/stprov, one file without libraries, stripped
#	make laptop     build-laptop/stprov, `stprov local` alone, for a laptop without Linux
#	make image      build-image/stprov.iso and stprov.efi, which boot a server into stprov
#	make demo       a provisioning session on this machine, without EFI
#	make demo-vm    the same in a virtual machine with UEFI firmware, from the tests' image, and ssh
#	                into the OS package that this machine boots afterwards
#	make ospkg      this OS package: Debian's, with stprov-host
#	make check      every test; meson test -C build for the quick ones
#	make check-qemu those on UEFI firmware in a virtual machine only
#	make proof      proofs that what reads others' bytes has no undefined behaviour (Frama-C)
#	make coverage   which lines the C tests reach: a summary, and build-coverage/coverage.html
#	make bench      measurements, next to those of the released program
#	make pictures   the README's pictures of the screen, taken in the virtual machine
#	make cross      the C tests of ARCH=arm64, armhf or s390x, on this machine by qemu-user
#	make check-arm64  the image of arm64, on UEFI firmware in a virtual machine
#	make deps       install the Debian packages that all of these need
#	make install    PREFIX=/usr/local DESTDIR=
#	make deb        build-deb/stprov_VERSION_ARCHITECTURE.deb and stprov-host_..., of the working tree
#	make dist       build-dist/stprov-VERSION.tar.gz, of the current commit; builds outside git
#	make clean
#
# DEFAULT_TEMPLATE_URL, DEFAULT_DOMAIN, DEFAULT_USER, DEFAULT_PASSWORD, DEFAULT_DNS,
# DEFAULT_ALLOWED_NETWORKS, DEFAULT_BONDING_MODE and DEFAULT_SEAL set compiled-in defaults; they and
# PREFIX reach scripts/setup through the environment, so that no character in them needs quoting.
# KERNEL, MODULES, ROOTS, FIRMWARE, KEYMAP, CMDLINE, SIGN_KEY, SIGN_CERT and DEFAULTS belong to
# `make image`: docs/image.md.
# ARCH=arm64 makes static, image and deb for another architecture than this machine's, in directories
# whose names end with it: docs/image.md.
# MESON_FLAGS holds further arguments of meson setup.

# Debian's name of the architecture; `dpkg` is missing where this machine's is the only one.
NATIVE := $(shell dpkg --print-architecture 2>/dev/null)
ARCH = $(NATIVE)
FOREIGN = $(filter-out $(NATIVE),$(ARCH))

BUILD = build
BUILD_SANITIZED = build-sanitized
BUILD_COVERAGE = build-coverage
BUILD_STATIC = build-static$(FOREIGN:%=-%)
BUILD_LAPTOP = build-laptop
BUILD_IMAGE = build-image$(FOREIGN:%=-%)
BUILD_KERNEL = build-kernel
BUILD_DEB = build-deb$(FOREIGN:%=-%)
BUILD_CROSS = build-cross
BUILD_DIST = build-dist
BUILD_QEMU = build-qemu
BUILD_QEMU_IMAGE = build-qemu-image
BUILD_OSPKG = build-ospkg
KERNEL_PACKAGE = linux-image-$(or $(ARCH),amd64)
# What the sysroot of another architecture adds to the builds.
SYSROOT = $(FOREIGN:%=$(BUILD_CROSS)/%)
CROSS = $(SYSROOT:%=--cross-file %/cross.ini)
IMAGE_ARCH = $(FOREIGN:%=--arch % --sysroot $(SYSROOT))

export DEFAULT_TEMPLATE_URL DEFAULT_DOMAIN DEFAULT_USER DEFAULT_PASSWORD
export DEFAULT_DNS DEFAULT_ALLOWED_NETWORKS DEFAULT_BONDING_MODE DEFAULT_SEAL
export PREFIX MESON_FLAGS

# ld has no option for single warnings, and its --no-warnings hides errors too. tests/qemu has a name
# resolved by the static program.
define STATIC_NOTE
If the linker warned about getaddrinfo, gethostbyname, getprotobyname and dlopen: this is harmless.
Since version 2.34 glibc resolves names by /etc/hosts and DNS without shared libraries; the other
functions belong to parts of OpenSSL and libnl that stprov does not use.
endef
export STATIC_NOTE

.PHONY: all static laptop sanitized coverage proof image qemu-image ospkg demo demo-vm check check-qemu \
	bench pictures check-arm64 cross sysroot deps install deb dist clean

all:
	@scripts/setup $(BUILD)
	@ninja -C $(BUILD) stprov defaults.txt

# Nothing for this machine's architecture.
sysroot:
	@$(if $(FOREIGN),scripts/deps cross-$(FOREIGN) && scripts/sysroot $(FOREIGN) $(SYSROOT))

static: sysroot
	@scripts/setup $(BUILD_STATIC) $(CROSS) -Dstatic_pie=true -Dbuildtype=minsize -Dc_link_args=-s
	@ninja -C $(BUILD_STATIC)
	@echo "$$STATIC_NOTE"

laptop:
	@scripts/deps laptop
	@scripts/setup $(BUILD_LAPTOP) -Dremote=false -Dc_std=c17
	@ninja -C $(BUILD_LAPTOP) stprov

sanitized:
	@scripts/setup $(BUILD_SANITIZED) -Db_sanitize=address,undefined
	@ninja -C $(BUILD_SANITIZED)

# A locked-in process cannot write what it counted, so these are the C tests' figures alone.
coverage:
	@scripts/deps coverage
	@scripts/setup $(BUILD_COVERAGE) -Db_coverage=true
	@tests/run --build $(BUILD_COVERAGE) --only unit,vectors,fuzz
	@gcovr --root . --filter src/ --object-directory $(BUILD_COVERAGE) \
		--html-details $(BUILD_COVERAGE)/coverage.html --print-summary $(BUILD_COVERAGE)

# Each target is also run with an error in it, which it must find.
proof:
	@scripts/deps proof
	@tests/proof/run --faults

# Without KERNEL and MODULES (a /lib/modules/VERSION), those of KERNEL_PACKAGE.
image: static
	@scripts/deps image
	@$(if $(KERNEL),,scripts/kernel $(KERNEL_PACKAGE) $(BUILD_KERNEL)/$(KERNEL_PACKAGE) $(FOREIGN))
	@scripts/image $(IMAGE_ARCH) --stprov $(BUILD_STATIC)/stprov --output $(BUILD_IMAGE) \
		--kernel '$(or $(KERNEL),$(BUILD_KERNEL)/$(KERNEL_PACKAGE)/vmlinuz)' \
		--modules '$(or $(MODULES),$(BUILD_KERNEL)/$(KERNEL_PACKAGE)/modules)' \
		--level '$(or $(LEVEL),19)' --roots '$(ROOTS)' --firmware '$(FIRMWARE)' --keymap '$(KEYMAP)' \
		--cmdline '$(CMDLINE)' --defaults '$(DEFAULTS)' \
		--sign-key '$(SIGN_KEY)' --sign-cert '$(SIGN_CERT)'

# The image that tests/qemu boots: a small kernel, and defaults that suit its network.
TEST_KERNEL = $(BUILD_KERNEL)/linux-image-cloud-amd64
qemu-image: export DEFAULT_TEMPLATE_URL = http://user:password@10.0.2.100/os-stable.json
qemu-image: export DEFAULT_DOMAIN = example.org
qemu-image: export DEFAULT_DNS = 10.0.2.2
qemu-image: export DEFAULT_ALLOWED_NETWORKS = 10.0.2.2/32
qemu-image: export DEFAULT_BONDING_MODE = active-backup
qemu-image:
	@scripts/setup $(BUILD_QEMU) -Dstatic_pie=true -Dbuildtype=minsize -Dc_link_args=-s
	@ninja -C $(BUILD_QEMU)
	@echo "$$STATIC_NOTE"
	@scripts/kernel linux-image-cloud-amd64 $(TEST_KERNEL)
	@scripts/image --stprov $(BUILD_QEMU)/stprov --output $(BUILD_QEMU_IMAGE) --level 3 \
		--kernel $(TEST_KERNEL)/vmlinuz --modules $(TEST_KERNEL)/modules
	@mkdir -p $(BUILD_QEMU_IMAGE)/esp/EFI/BOOT
	@ln -f $(BUILD_QEMU_IMAGE)/stprov.efi $(BUILD_QEMU_IMAGE)/esp/EFI/BOOT/BOOTX64.EFI

# The OS package that tests/qemu and the demo boot on the machine that they provisioned.
ospkg:
	@scripts/deps ospkg
	@scripts/kernel linux-image-cloud-amd64 $(TEST_KERNEL)
	@scripts/ospkg --kernel $(TEST_KERNEL)/vmlinuz --modules $(TEST_KERNEL)/modules \
		--output $(BUILD_OSPKG)

# The C tests of another architecture, built to be built quickly; tests/left-out names those that
# qemu-user cannot run.
cross: sysroot
	@$(if $(FOREIGN),,echo 'make cross: give ARCH, arm64, armhf or s390x' >&2; exit 2)
	@scripts/setup build-$(FOREIGN) $(CROSS) -Dbuildtype=debug
	@tests/run --build build-$(FOREIGN) --only unit,vectors

# An arm64 server in a virtual machine, from the image of `make image` with a small kernel.
check-arm64: all
	@$(MAKE) --no-print-directory image ARCH=arm64 BUILD_IMAGE=$(BUILD_QEMU_IMAGE)-arm64 LEVEL=3 \
		KERNEL_PACKAGE=linux-image-cloud-arm64
	@tests/run --build $(BUILD) --only arm64

demo:
	@scripts/deps demo
	@$(MAKE) --no-print-directory all
	@scripts/demo $(BUILD)/stprov

# From the tests' image, so that it leaves the engineer's in $(BUILD_IMAGE) alone.
demo-vm:
	@scripts/deps check
	@$(MAKE) --no-print-directory all qemu-image ospkg
	@scripts/demo-vm $(BUILD_QEMU_IMAGE)/stprov.iso $(BUILD_OSPKG)/images $(BUILD)/stprov

check:
	@scripts/deps check
	@$(MAKE) --no-print-directory all sanitized
	@$(MAKE) --no-print-directory qemu-image ospkg
	@tests/run --build $(BUILD) --sanitized $(BUILD_SANITIZED)

check-qemu:
	@scripts/deps check
	@$(MAKE) --no-print-directory all qemu-image ospkg
	@tests/run --build $(BUILD) --only qemu

bench: static qemu-image ospkg
	@tests/bench/run --static $(BUILD_STATIC)/stprov

# The two pictures of the README, of the real screen.
pictures: all qemu-image
	@tests/qemu/pictures docs

deps:
	@scripts/deps check

install:
	@scripts/install $(BUILD)

deb: sysroot
	@scripts/deps package
	@scripts/deb $(BUILD_DEB) $(FOREIGN) $(SYSROOT)

dist:
	@scripts/dist $(BUILD_DIST)

clean:
	rm -rf $(BUILD) $(BUILD_SANITIZED) $(BUILD_COVERAGE) $(BUILD_STATIC) $(BUILD_IMAGE) \
		$(BUILD_DEB) $(BUILD_DIST) $(BUILD_QEMU) $(BUILD_QEMU_IMAGE) $(BUILD_OSPKG) build-clang build-fuzz \
		$(BUILD_CROSS) $(BUILD_LAPTOP) $(FOREIGN:%=build-%)
