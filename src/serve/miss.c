#include "serve/miss.h"

#include "base/mem.h"
#include "serve/conn.h"

#include <stdlib.h>

void fm_miss_join(fm_worker *w, const fm_entry_key *key, fm_node *waiting)
{
  fm_slot_entry *entry = fm_table_add(&w->table, key);
  fm_open_miss *open = entry->miss;
  if (open) {
    fm_list_add(&open->waiting, waiting);
    return;
  }
  open = FM_NEW(fm_open_miss);
  open->miss.base = fm_entry_base(entry);
  open->miss.target = fm_entry_target(entry);
  open->miss.have = entry->reply ? fm_reply_ref(entry->reply) : NULL;
  open->worker = w;
  open->entry = entry;
  fm_list_init(&open->waiting);
  fm_list_add(&open->waiting, waiting);
  entry->miss = open;
  w->nmisses++;
  fm_mailbox_post(w->env.mill, &open->letter, w->env.on_miss);
}

fm_miss *fm_miss_of(fm_letter *letter) { return &FM_OF(letter, fm_open_miss, letter)->miss; }

/* Whoever is answered goes on with its next request, which may be the same one
 * and open a new miss: so the entry is free of this one first. */
static void on_answer(fm_letter *letter, void *ctx)
{
  fm_worker *w = ctx;
  fm_open_miss *open = FM_OF(letter, fm_open_miss, letter);
  fm_worker_clock(w);
  open->entry->miss = NULL;
  fm_table_tidy(&w->table, open->entry);
  for (fm_node *at; (at = fm_list_first(&open->waiting));) {
    fm_list_del(at);
    fm_conn_answer(at, open->answer);
  }
  fm_reply_unref(open->answer);
  fm_reply_unref(open->miss.have);
  free(open);
  w->nmisses--;
  fm_worker_end_if_done(w);
}

void fm_miss_answer(fm_miss *miss, fm_reply *reply)
{
  fm_open_miss *open = FM_OF(miss, fm_open_miss, miss);
  open->answer = fm_reply_ref(reply);
  fm_mailbox_post(&open->worker->inbox, &open->letter, on_answer);
}
