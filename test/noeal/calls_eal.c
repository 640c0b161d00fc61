/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Calls rte_eal_init(), to show that the interposer notices. */

#include <rte_eal.h>

int
main(int argc, char **argv)
{
	return rte_eal_init(argc, argv) < 0 ? 0 : 1;
}
