/* What runs inside Redis: each script is one atomic step.
 *
 *   feedmill:schema       2
 *   feedmill:seq          the last entry's number
 *   feedmill:ids:SOURCE   hash: entry id -> number
 *   feedmill:e:NUMBER     hash: s source, i id, v version, f first seen,
 *                         p published, u updated, c changed, h fingerprint,
 *                         d record (store/pack.h), and for each page it is or was
 *                         on "@PAGE" -> "FIRST LAST ARCHIVE" (- while there, - none)
 *   feedmill:page:PAGE    hash: the meta, head, here (numbers in the page's
 *                         order), sealed (month), rev (grows with each change)
 *   feedmill:open:PAGE    sorted set: number (16 digits) by published: those that
 *   feedmill:shut:PAGE    left and are in no archive, in a sealed one
 *   feedmill:arch:PAGE    hash: month -> "SEALED COUNT LAST"
 *   feedmill:part:PAGE MONTH   list of records (store/pack.h), some on a line each
 *   feedmill:pages        sorted set of all pages, by name
 *   feedmill:fetched      sorted set of pages by when they were fetched
 *   feedmill:gone         sorted set "NUMBER PAGE" by when it left
 *   feedmill:state:KEY    hash: v value, u when it was last set or read
 *   feedmill:states       sorted set of all keys, by name
 *   feedmill:used         sorted set of all keys by u
 *   feedmill:stage:TOKEN  the parts of an archive that is being sealed
 *   feedmill:lease:NAME   the holder's token
 *   feedmill:changed:DB   channel: "NODE REV PAGE" or "NODE s KEY"; channels know no databases, so
 *                         the database is in the name, and a NODE is "DB.TOKEN"
 *
 * Keys are made inside the scripts, so all of them must be on one server: a
 * Redis, a Redis behind Sentinel (by an address that follows the master), no
 * Redis Cluster.
 *
 * Arguments are ARGV in the order named; a time that is not known is "". */
#ifndef FM_STORE_REDIS_LUA_H
#define FM_STORE_REDIS_LUA_H

enum { FM_REDIS_SCHEMA = 2 };
#define FM_REDIS_CHANNEL "feedmill:changed:"

/* Of a page's hash, in this order wherever a page's fields are given. */
#define FM_REDIS_FIELDS                                                                      \
  "'url','etag','last_modified','fetched','changed','read','next_try','failures','failure'," \
  "'head','here','sealed','rev'"
enum {
  FM_RF_URL, FM_RF_ETAG, FM_RF_LAST_MODIFIED, FM_RF_FETCHED, FM_RF_CHANGED, FM_RF_READ,
  FM_RF_NEXT_TRY, FM_RF_FAILURES, FM_RF_FAILURE, FM_RF_HEAD, FM_RF_META, FM_RF_HERE = FM_RF_META,
  FM_RF_SEALED, FM_RF_REV, FM_RF_COUNT
}; /* the first FM_RF_META are what is written */

/* SCHEMA -> the number that is there */
extern const char fm_lua_hello[];
/* PAGE MOST -> nil or [fields, [p,u,d, ...]] */
extern const char fm_lua_load[];
/* PAGE SOURCE ID... -> [fields or nil, [number,p, ...] of here, [[number,v,f,p,u,c,h,d] or nil]] */
extern const char fm_lua_merge_get[];
/* PAGE SOURCE NODE NOW LAST REV ADDING META... then for each entry ID NUMBER V F P U C H D
 * (NUMBER "": new; D "": unchanged) -> 0: somebody was faster; else the new rev */
extern const char fm_lua_merge_put[];
/* PAGE NODE META... (its head is not looked at) -> bytes of the head that is there */
extern const char fm_lua_touch[];
/* -> [[key, fields], ...] */
extern const char fm_lua_pages[];
/* PAGE MOST -> nil or [fields, [number,p,archive, ...] of here, [number,p, ...] open,
 * [number,p, ...] of the newest MOST shut, [month,value, ...]] */
extern const char fm_lua_list[];
/* NUMBER... -> [p,u,d, ...] of those that are there */
extern const char fm_lua_entries[];
/* PAGE MONTH -> [part, ...] */
extern const char fm_lua_parts[];
/* KEY D: one more part under a key that goes by itself after an hour */
extern const char fm_lua_stage[];
/* PAGE MONTH NOW COUNT STAGE NUMBER... -> 1, or 0: it is sealed already */
extern const char fm_lua_seal[];
/* PHASE CUTOFF MOST -> [is there more of this phase, entries forgotten] */
extern const char fm_lua_expire[];
/* FROM MOST -> [where to go on or 0, [hash as a list], ...] */
extern const char fm_lua_export_entries[];
/* AFTER -> nil or [key, fields, [id, ...] of here] */
extern const char fm_lua_export_page[];
/* PAGE MONTH -> nil or [page, month, value, [part, ...]], the next after that one */
extern const char fm_lua_export_archive[];
/* for each entry ID SOURCE F P U C H D PLACES then for each place PAGE FIRST LAST ARCHIVE */
extern const char fm_lua_import_entries[];
/* PAGE SOURCE SEALED META... ID... */
extern const char fm_lua_import_page[];
/* PAGE MONTH SEALED COUNT LAST PART D */
extern const char fm_lua_import_part[];
/* KEY -> nil or its value */
extern const char fm_lua_state_get[];
/* NODE KEY VALUE */
extern const char fm_lua_state_set[];
/* NODE KEY */
extern const char fm_lua_state_delete[];
/* PREFIX AFTER MOST -> [key,value,used, ...], the next after that key */
extern const char fm_lua_state_list[];
/* USED KEY VALUE: if there is none; USED "": now */
extern const char fm_lua_state_add[];
/* PAGE: forgets it, and the entries that are on no other */
extern const char fm_lua_forget_page[];
/* SCHEMA: the number from now on */
extern const char fm_lua_schema[];
/* KEY TOKEN TTL: take -> 0 or what is left of another's; renew, release -> 1 or 0 */
extern const char fm_lua_lease_take[];
extern const char fm_lua_lease_renew[];
extern const char fm_lua_lease_release[];

#endif
