/* Misses in flight: collapses the requests of one thread for one key into one message to the
 * milling loop. */
#include "serve/miss.h"

#include "base/mem.h"
#include "serve/conn.h"

#include <stdlib.h>

void fm_miss_join(fm_worker *w, const fm_table_key *key, fm_list_node *waiting)
{
  fm_table_entry *entry = fm_table_add(&w->table, key);
  fm_pending_miss *open = entry->miss;
  if (open) {
    fm_list_add(&open->waiting, waiting);
    return;
  }
  open = FM_NEW(fm_pending_miss);
  open->miss.base = fm_table_entry_base(entry);
  open->miss.target = fm_table_entry_target(entry);
  open->miss.stale = entry->reply ? fm_reply_ref(entry->reply) : NULL;
  open->worker = w;
  open->entry = entry;
  fm_list_init(&open->waiting);
  fm_list_add(&open->waiting, waiting);
  entry->miss = open;
  w->nmisses++;
  fm_mailbox_post(w->env.mill, &open->letter, w->env.on_miss);
}

fm_miss *fm_miss_of(fm_message *letter) { return &FM_OF(letter, fm_pending_miss, letter)->miss; }

/* A connection that is answered continues with its next request, which may be for the same key
 * and open a new miss: so the entry is detached first. */
static void on_answer(fm_message *letter, void *ctx)
{
  fm_worker *w = ctx;
  fm_pending_miss *open = FM_OF(letter, fm_pending_miss, letter);
  fm_worker_clock(w);
  open->entry->miss = NULL;
  fm_table_remove_empty(&w->table, open->entry);
  for (fm_list_node *at; (at = fm_list_first(&open->waiting));) {
    fm_list_del(at);
    fm_conn_answer(at, open->answer);
  }
  fm_reply_unref(open->answer);
  fm_reply_unref(open->miss.stale);
  free(open);
  w->nmisses--;
  fm_worker_end_if_done(w);
}

void fm_miss_answer(fm_miss *miss, fm_reply *reply)
{
  fm_pending_miss *open = FM_OF(miss, fm_pending_miss, miss);
  open->answer = fm_reply_ref(reply);
  fm_mailbox_post(&open->worker->inbox, &open->letter, on_answer);
}
