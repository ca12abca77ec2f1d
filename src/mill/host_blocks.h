/* Hosts that asked to be left alone, kept as state in the store ("host/PERMIT") for the next
 * start and for other instances. Until then the fetcher knows by itself. */
#ifndef FM_MILL_HOST_BLOCKS_H
#define FM_MILL_HOST_BLOCKS_H

#include "mill/env.h"

void fm_host_blocks_save(fm_mill_env *env, fm_str permit, int64_t seconds);
void fm_host_blocks_load(fm_mill_env *env); /* tells the fetcher of each that still holds */

#endif
