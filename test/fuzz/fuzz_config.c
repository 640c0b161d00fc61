/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The appliance's configuration file. */

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../app/vt-appliance/conf.h"
#include "fault.h"
#include "fuzz.h"

static struct vt_conf conf;

static void
run(struct fuzz_in *in)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);
	char path[64];
	int ret;

	FUZZ_CHECK(fd >= 0 && write(fd, in->data, in->left) == (ssize_t)in->left);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	vt_conf_init(&conf);
	fault_begin();
	ret = vt_conf_file(&conf, path);
	FUZZ_CHECK(ret == 0 || ret == -EINVAL);
	if (ret == 0)
		ret = vt_conf_complete(&conf);
	fault_end();
	if (ret != 0)
		FUZZ_CHECK(conf.error[0] != '\0' && memchr(conf.error, 0, sizeof(conf.error)) != NULL);
	close(fd);
}

const struct fuzz_target fuzz_config = { .name = "config", .run = run };
