/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef FUZZ_TELEMETRY_H
#define FUZZ_TELEMETRY_H

/* Call one of the commands that were registered, by number, with a parameter or NULL. */
void telemetry_ask(unsigned int which, const char *params);

#endif /* FUZZ_TELEMETRY_H */
