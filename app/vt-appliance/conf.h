/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VT_APP_CONF_H
#define VT_APP_CONF_H

/*
 * What vt-appliance was told, by its command line and its file. Every setting goes
 * through vt_conf_set(), whatever the source.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_vtappliance.h>

#include "drop.h"

#define VT_CONF_MAX_DOMAINS 120
#define VT_CONF_MAX_ACCELS 64
#define VT_CONF_MAX_POLLERS 64
#define VT_CONF_ERROR 512
#define VT_HUGE_HINT "too few free huge pages? usertools/vt-setup.sh hugepages reserves some; " \
	"EAL's --in-memory needs no hugetlbfs; EAL's --no-huge and --domain NAME,no-huge=yes need none"

struct vt_conf_domain {
	char name[64];
	char path[128];
	char file[256];
	char pci[32];
	char broker[128];
	bool plain_said;
	struct rte_vtappliance_domain_conf c;
};

struct vt_conf {
	struct rte_vtappliance_conf engine;
	bool oversubscribe;
	uint32_t drain_ms;
	int32_t ready_fd;   /* -1: none */
	char config[256];
	char sched[96];
	struct vt_drop drop; /* whom to become */
	struct vt_conf_domain domains[VT_CONF_MAX_DOMAINS];
	unsigned int nb_domains;
	char accels[VT_CONF_MAX_ACCELS][256];
	unsigned int nb_accels;
	bool help, version;
	char error[VT_CONF_ERROR]; /* why a call failed */
};

/* JSON type that a setting takes. */
enum vt_conf_kind { VT_CONF_STRING, VT_CONF_NUMBER, VT_CONF_SIZE, VT_CONF_BOOL };

/* One setting: of the appliance (domain NULL) or of a domain. 0, or -EINVAL with conf->error. */
int vt_conf_set(struct vt_conf *conf, struct vt_conf_domain *dom, const char *key,
		const char *value);
/* Kind of a setting, or -ENOENT: no such key. */
int vt_conf_kind(bool of_domain, const char *key);
struct vt_conf_domain *vt_conf_domain_add(struct vt_conf *conf, const char *name);
/* NAME[,key=value...], as behind --domain: it becomes the last one. 0 or -EINVAL. */
int vt_conf_domain_parse(struct vt_conf *conf, const char *arg);
/* Take one off the list. */
void vt_conf_domain_drop(struct vt_conf *conf, const char *name);
int vt_conf_accel_add(struct vt_conf *conf, const char *devargs);
int vt_conf_fail(struct vt_conf *conf, const char *fmt, ...) __rte_format_printf(2, 3);

void vt_conf_init(struct vt_conf *conf);
/* Parse the arguments behind "--" (argv[0] is not looked at), the file first. 0 or -EINVAL. */
int vt_conf_args(struct vt_conf *conf, int argc, char **argv);
/* Read a file. 0 or -EINVAL; conf->error begins with FILE:LINE: */
int vt_conf_file(struct vt_conf *conf, const char *file);
/* Whether an earlier domain has the same socket or file as dom: -EINVAL, with the key in *key. */
int vt_conf_domain_unique(struct vt_conf *conf, const struct vt_conf_domain *dom,
		const char **key);
/* Defaults for what was not said, and checks that need the whole. 0 or -EINVAL. */
int vt_conf_complete(struct vt_conf *conf);
void vt_conf_usage(void);

/* Line (from 1) of the value at a path in JSON text that is known to be valid; 0: not there. */
struct vt_conf_step {
	const char *key; /* NULL: by index */
	size_t index;
};
unsigned int vt_conf_line(const char *text, const struct vt_conf_step *path, unsigned int nb);

/*
 * Choose lcores for pollers, on distinct physical cores.
 *
 * sysfs: "/sys" or a test's tree. lcores, cpus: worker lcores and the cpu of each. want 0: as many as there are.
 * Returns how many were chosen, or -EINVAL with the reason in error.
 */
int vt_topology_choose(const char *sysfs, const unsigned int *lcores, const int *cpus,
		unsigned int nb, unsigned int want, bool oversubscribe, unsigned int *chosen,
		char *error, size_t error_len);

/*
 * The EAL's arguments, with what makes them leave nothing behind, and work without huge pages.
 * The result is an array of nb_out strings, to be kept while EAL is in use.
 */
char **vt_eal_args(int argc, char **argv, unsigned long free_huge_pages, bool mounted, int *nb_out,
		bool *no_huge);
unsigned long vt_eal_free_huge_pages(void);
bool vt_eal_hugetlbfs_mounted(void);

#endif /* VT_APP_CONF_H */
