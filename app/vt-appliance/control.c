/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Domains that come and go while the appliance runs:
 *
 *     /vinetalk/domain/add,NAME[,key=value...]    as behind --domain
 *     /vinetalk/domain/remove,NAME
 *
 * They are telemetry commands, so that the stock dpdk-telemetry.py gives them, and whoever may write to EAL's
 * telemetry socket may do so. A callback runs in telemetry's thread: it leaves a job for the main lcore and
 * waits for the answer.
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <rte_errno.h>
#include <rte_string_fns.h>
#include <rte_telemetry.h>

#include "serve.h"

#define ANSWER_S 10

enum job_state { JOB_NONE = 0, JOB_ASKED, JOB_REMOVING, JOB_DONE };

static struct {
	pthread_mutex_t one;      /* one command at a time */
	pthread_mutex_t lock;     /* guards what follows */
	pthread_cond_t done;
	struct rte_vtappliance *app; /* NULL: not serving */
	enum job_state state;
	bool remove;
	char text[512];
	char name[64];
	char error[VT_CONF_ERROR];
} ctl = {
	.one = PTHREAD_MUTEX_INITIALIZER,
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.done = PTHREAD_COND_INITIALIZER,
};

/* ---- telemetry's thread ---- */

static void
wait_answer(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += ANSWER_S;
	while (ctl.state != JOB_DONE && ctl.app != NULL)
		if (pthread_cond_timedwait(&ctl.done, &ctl.lock, &ts) != 0)
			break;
	if (ctl.state != JOB_DONE)
		snprintf(ctl.error, sizeof(ctl.error), "no answer within %d s", ANSWER_S);
	ctl.state = JOB_NONE;
}

static int
ask(const char *params, bool remove, struct rte_tel_data *d)
{
	pthread_mutex_lock(&ctl.one);
	pthread_mutex_lock(&ctl.lock);
	ctl.error[0] = ctl.name[0] = '\0';
	ctl.remove = remove;
	if (params == NULL || rte_strscpy(ctl.text, params, sizeof(ctl.text)) <= 0) {
		snprintf(ctl.error, sizeof(ctl.error), "a domain's name must follow, and at most %zu"
			" characters", sizeof(ctl.text) - 1);
	} else if (ctl.app == NULL) {
		snprintf(ctl.error, sizeof(ctl.error), "the appliance is not serving");
	} else {
		ctl.state = JOB_ASKED;
		rte_vtappliance_control_wake(ctl.app);
		wait_answer();
	}
	rte_tel_data_start_dict(d);
	if (ctl.name[0] != '\0')
		rte_tel_data_add_dict_string(d, "domain", ctl.name);
	/* Telemetry's strings are short. */
	ctl.error[RTE_MIN(RTE_TEL_MAX_STRING_LEN, VT_CONF_ERROR) - 1] = '\0';
	if (ctl.error[0] != '\0')
		rte_tel_data_add_dict_string(d, "error", ctl.error);
	else
		rte_tel_data_add_dict_string(d, "result", remove ? "removed" : "added");
	pthread_mutex_unlock(&ctl.lock);
	pthread_mutex_unlock(&ctl.one);
	return 0;
}

static int
on_add(const char *cmd, const char *params, struct rte_tel_data *d)
{
	RTE_SET_USED(cmd);
	return ask(params, false, d);
}

static int
on_remove(const char *cmd, const char *params, struct rte_tel_data *d)
{
	RTE_SET_USED(cmd);
	return ask(params, true, d);
}

/* ---- the main lcore ---- */

static void
add(struct vt_conf *conf, bool no_huge)
{
	const unsigned int before = conf->nb_domains;
	int ret = vt_conf_domain_parse(conf, ctl.text);

	if (ret == 0)
		ret = vt_conf_complete(conf);
	if (ret != 0) {
		rte_strscpy(ctl.error, conf->error, sizeof(ctl.error));
	} else {
		struct vt_conf_domain *d = &conf->domains[before];

		rte_strscpy(ctl.name, d->name, sizeof(ctl.name));
		ret = vt_serve_domain(ctl.app, d, no_huge);
		if (ret != 0)
			snprintf(ctl.error, sizeof(ctl.error), "%s; the appliance's log says more",
				rte_strerror(-ret));
	}
	if (ret != 0)
		conf->nb_domains = before;
}

/* A domain is gone some turns after it was told to go. */
static void
begin_remove(void)
{
	rte_strscpy(ctl.name, ctl.text, sizeof(ctl.name));
	if (rte_vtappliance_domain_remove(ctl.app, ctl.name) != 0)
		snprintf(ctl.error, sizeof(ctl.error), "no such domain");
	else
		ctl.state = JOB_REMOVING;
}

void
vt_control_turn(struct vt_conf *conf, bool no_huge)
{
	pthread_mutex_lock(&ctl.lock);
	if (ctl.state == JOB_ASKED) {
		vt_serve_domains_change(true);
		ctl.state = JOB_DONE;
		if (ctl.remove)
			begin_remove();
		else
			add(conf, no_huge);
		vt_serve_domains_change(false);
	} else if (ctl.state == JOB_REMOVING && !rte_vtappliance_domain_exists(ctl.app, ctl.name)) {
		vt_serve_domains_change(true);
		vt_conf_domain_drop(conf, ctl.name);
		if (conf->nb_domains != 0 && vt_conf_complete(conf) != 0)
			fprintf(stderr, "vt-appliance: %s\n", conf->error);
		vt_serve_domains_change(false);
		ctl.state = JOB_DONE;
	}
	if (ctl.state == JOB_DONE)
		pthread_cond_broadcast(&ctl.done);
	pthread_mutex_unlock(&ctl.lock);
}

void
vt_control_start(struct rte_vtappliance *app)
{
	static bool registered;

	pthread_mutex_lock(&ctl.lock);
	ctl.app = app;
	pthread_cond_broadcast(&ctl.done);
	pthread_mutex_unlock(&ctl.lock);
	if (app == NULL || registered)
		return;
	registered = true;
	rte_telemetry_register_cmd("/vinetalk/domain/add", on_add,
		"Adds a domain. Parameters: NAME[,key=value...] as behind --domain");
	rte_telemetry_register_cmd("/vinetalk/domain/remove", on_remove,
		"Removes a domain; its clients are detached. Parameter: NAME");
}
