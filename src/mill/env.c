/* Counts and logs failed store calls for the mill's modules. */
#include "mill/env.h"

#include "base/log.h"

void fm_env_note_store(fm_mill_env *env, fm_str upstream, int error, const fm_why *why)
{
  if (error == FM_OK || error == FM_E_NOT_FOUND)
    return;
  env->stats.store_errors++;
  if (error != FM_E_IO)
    fm_log(FM_LOG_ERROR, "an upstream cannot be stored, going on from memory", "upstream",
           upstream.ptr, "reason", why ? why->text : fm_error_text(error), NULL);
}
