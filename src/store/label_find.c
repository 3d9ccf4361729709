/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the labelled file system: see label_find.h.
 *
 * Linux: Documentation/ABI/stable/sysfs-block (size, holders/, dev). A `!` in a name is a `/` below
 * /dev.
 */
#include "store/label_find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "privsep/role.h"
#include "store/label.h"

#define SYSFS "/sys/class/block"
/* Bytes of a number in sysfs. */
#define NUMBER_MAX 64
/* A disk that does not answer in this time is passed over, with a warning. */
#define LOOK_MS 10000

/* The candidates, in the order of their names. */
struct names {
	char items[LABEL_DEVICES_MAX][NAME_MAX + 1];
	size_t n;
	bool more;
};

struct search {
	struct role_launcher launcher;
	struct names names;
	struct frame frame;
	struct label_device device; /* the first with the label */
	char others[256];           /* further ones with it, each after a comma */
	char passed_over[256];      /* what could not be looked at, with the reason */
	size_t n;                   /* how many have it */
};

/* Of a file of the device in sysfs; false if it is not there. */
static bool read_text(const char *name, const char *file, char out[NUMBER_MAX])
{
	char path[sizeof(SYSFS) + NAME_MAX + 16];
	_cleanup_free_ uint8_t *text = NULL;
	struct error ignored;
	size_t len;

	snprintf(path, sizeof(path), SYSFS "/%s/%s", name, file);
	if (file_read(AT_FDCWD, path, NUMBER_MAX - 1, &text, &len, &ignored) < 0)
		return false;
	snprintf(out, NUMBER_MAX, "%.*s", (int)strcspn((const char *)text, "\n"),
		(const char *)text);
	return true;
}

/* Whether another device is made of it. */
static bool has_holders(const char *name)
{
	char path[sizeof(SYSFS) + NAME_MAX + 16];
	bool held = false;

	snprintf(path, sizeof(path), SYSFS "/%s/holders", name);
	DIR *stream = opendir(path);
	if (!stream)
		return false;
	for (struct dirent *entry; !held && (entry = readdir(stream));)
		held = entry->d_name[0] != '.';
	closedir(stream);
	return held;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int list_names(struct names *names, struct error *error)
{
	char size[NUMBER_MAX];
	struct dirent *entry;
	DIR *stream = opendir(SYSFS);

	if (!stream)
		return error_set_errno(error, -errno, "cannot list " SYSFS);
	while ((entry = readdir(stream))) {
		const char *name = entry->d_name;
		if (name[0] == '.' || !read_text(name, "size", size) || strcmp(size, "0") == 0 ||
			has_holders(name))
			continue;
		names->more = names->n == LABEL_DEVICES_MAX;
		if (names->more)
			break;
		snprintf(names->items[names->n++], NAME_MAX + 1, "%s", name);
	}
	closedir(stream);
	qsort(names->items, names->n, sizeof(names->items[0]), compare_names);
	return 0;
}

/* The node in /dev must be that device. -ENXIO if it is not, and errors of open(2). */
static int open_device(const char *name, struct label_device *device)
{
	char numbers[NUMBER_MAX], expected[NUMBER_MAX];
	struct stat st;

	if (snprintf(device->path, sizeof(device->path), "/dev/%s", name) >=
		(int)sizeof(device->path))
		return -ENAMETOOLONG;
	for (char *c = device->path; *c; c++)
		if (*c == '!')
			*c = '/';
	_cleanup_close_ int fd =
		open(device->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	snprintf(expected, sizeof(expected), "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	if (!S_ISBLK(st.st_mode) || !read_text(name, "dev", numbers) ||
		strcmp(numbers, expected) != 0)
		return -ENXIO;
	device->fd = TAKE_FD(fd);
	return 0;
}

/* Takes the role's frames up to the last one. */
static int await_found(struct search *s, struct role *role, struct label_device *device,
	int64_t deadline_ms, struct error *error)
{
	for (;;) {
		struct pollfd fd = { .fd = role->frame_fd, .events = POLLIN };
		int n = poll(&fd, 1, (int)clock_until(deadline_ms));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_set(
				error, -ETIMEDOUT, "it did not answer within %d s", LOOK_MS / 1000);
		int r = frame_receive(role->frame_fd, &s->frame, error);
		if (r == -EAGAIN)
			continue;
		if (r != 0)
			return r < 0 ? r : -EPIPE;
		if (s->frame.type == LABEL_READY && s->frame.len == 0)
			continue;
		return label_decode_found(&s->frame, &device->found)
			       ? 0
			       : error_set(error, -EPROTO, "cannot look at it in a sandbox");
	}
}

static int look_at(struct search *s, struct label_device *device, struct error *error)
{
	struct role role = ROLE_INIT;
	int r = role_start(&s->launcher, LABEL_ROLE_NAME, &device->fd, 1, &role, error);

	if (r < 0)
		return r;
	r = frame_send(role.frame_fd, LABEL_START, NULL, 0, error);
	if (r == 0)
		r = await_found(s, &role, device, clock_now_ms() + LOOK_MS, error);
	const struct role_end end = role_stop(&role);
	if (r == -EPIPE)
		return role_explain_end(&end, "the process that read it", error);
	return r;
}

/* One with the label: the first is kept, of others the names. */
static void take(struct search *s, struct label_device *device)
{
	size_t len = strlen(s->others);

	if (s->n++ == 0) {
		s->device = *device;
		*device = LABEL_DEVICE_INIT;
		return;
	}
	snprintf(s->others + len, sizeof(s->others) - len, ", %s", device->path);
}

static void pass_over(struct search *s, const struct label_device *device, const struct error *why)
{
	size_t len = strlen(s->passed_over);

	snprintf(s->passed_over + len, sizeof(s->passed_over) - len, "%s%s: %s",
		len > 0 ? "; " : "; not looked at: ", device->path, why->text);
}

static void look_at_all(struct search *s)
{
	for (size_t i = 0; i < s->names.n; i++) {
		struct label_device device = LABEL_DEVICE_INIT;
		struct error error = ERROR_INIT;
		int r = open_device(s->names.items[i], &device);
		if (r == 0)
			r = look_at(s, &device, &error);
		else
			(void)error_set_errno(&error, r, "cannot open it");
		/* A drive without a medium. */
		if (r < 0 && r != -ENOMEDIUM)
			pass_over(s, &device, &error);
		if (r == 0 && strcmp(device.found.label, LABEL_NAME) == 0)
			take(s, &device);
		cleanup_close(&device.fd);
	}
}

static int judge(const struct search *s, struct error *error)
{
	if (s->n > 1)
		return error_set(error, -EEXIST,
			"several file systems have the label " LABEL_NAME
			": %s%s: leave it to one of them (e2label DEVICE NEW-LABEL)",
			s->device.path, s->others);
	if (s->n == 0 && s->names.more)
		return error_set(error, -ENOENT,
			"none of the first %d block devices has the label " LABEL_NAME "%s",
			LABEL_DEVICES_MAX, s->passed_over);
	if (s->n == 0)
		return error_set(error, -ENOENT,
			"no file system has the label " LABEL_NAME ": mkfs.ext4 -L " LABEL_NAME
			" /dev/PARTITION makes one (and deletes what is there)%s",
			s->passed_over);
	if (strcmp(s->device.found.type, "ext4") != 0)
		return error_set(error, -EINVAL,
			"%s has the label " LABEL_NAME ", but it is %s and not ext4",
			s->device.path, s->device.found.type);
	return 0;
}

static int search(struct search *s, struct label_device *ret, struct error *error)
{
	int r = list_names(&s->names, error);

	if (r == 0)
		r = role_launcher_init(&s->launcher, error);
	if (r < 0)
		return r;
	look_at_all(s);
	r = judge(s, error);
	if (r < 0)
		return r;
	*ret = s->device;
	s->device = LABEL_DEVICE_INIT;
	return 0;
}

int label_find(struct label_device *ret, struct error *error)
{
	/* 64 KiB of names and a frame: not on the stack. */
	_cleanup_free_ struct search *s = calloc(1, sizeof(*s));

	if (!s)
		return error_set_errno(error, -ENOMEM, "cannot look for " LABEL_NAME);
	s->launcher = ROLE_LAUNCHER_INIT;
	s->device = LABEL_DEVICE_INIT;
	int r = search(s, ret, error);
	role_launcher_deinit(&s->launcher);
	cleanup_close(&s->device.fd);
	return r;
}
