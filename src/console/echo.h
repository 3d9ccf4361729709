/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal's echo, off while a row of stderr counts: keys that are typed meanwhile would be
 * written into it. They are not lost: the next program that reads the terminal gets them. Not for
 * processes with threads.
 */
#pragma once

/*
 * Turns the echo of stderr's terminal off, if there is one, this process is in its foreground and
 * the echo is on. A signal that ends or stops this process turns it on first.
 */
void echo_off(void);
/* Turns it on again if echo_off() turned it off. */
void echo_on(void);
