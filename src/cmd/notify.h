/* Messages to systemd, sd_notify(3)'s protocol. */
#ifndef FM_CMD_NOTIFY_H
#define FM_CMD_NOTIFY_H

#include <stdint.h>

/* Sends newline-separated assignments ("READY=1\nSTATUS=...") to $NOTIFY_SOCKET. Without that
 * variable, or if the socket takes nothing, it does nothing. */
void fm_notify(const char *state);

/* "RELOADING=1" with the time that systemd asks for beside it. "READY=1" ends the reload. */
void fm_notify_reloading(void);

/* The interval in milliseconds at which systemd wants "WATCHDOG=1": half of $WATCHDOG_USEC. 0:
 * it does not watch this process. */
uint64_t fm_notify_watchdog_ms(void);

#endif
