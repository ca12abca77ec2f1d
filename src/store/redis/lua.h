/* The scripts that run inside Redis, each of them atomic, and the keys that they use.
 *
 *   feedmill:schema       2
 *   feedmill:seq          the last entry's number
 *   feedmill:ids:SOURCE   hash: entry id -> number
 *   feedmill:e:NUMBER     hash: s source, i id, v version, f first seen,
 *                         p published, u updated, c changed, h fingerprint,
 *                         d record (store/pack.h), and for each upstream that lists or
 *                         listed it listed on "@PAGE" -> "FIRST LAST ARCHIVE" ("-" for a LAST
 *                         that is still to come, and for no ARCHIVE)
 *   feedmill:page:PAGE    hash of an upstream: the meta, head, here (numbers of the
 *                         listed entries in the page's order), sealed (month),
 *                         rev (grows with each change)
 *   feedmill:open:PAGE    sorted set: number (16 digits) by published, of entries no
 *   feedmill:shut:PAGE    longer listed: in no sealed archive, in a sealed archive
 *   feedmill:arch:PAGE    hash: month -> "SEALED COUNT LAST"
 *   feedmill:part:PAGE MONTH   list of records (store/pack.h), one record a line
 *   feedmill:pages        sorted set of all upstreams, by key
 *   feedmill:fetched      sorted set of upstreams by when they were fetched
 *   feedmill:gone         sorted set "NUMBER PAGE" by when it was last listed
 *   feedmill:views:PAGE   sorted set: names of views by when they were last evaluated
 *   feedmill:view:PAGE\nNAME   hash: number -> when the entry entered, "" if unknown
 *   feedmill:state:KEY    hash: v value, u time it was last set or read
 *   feedmill:states       sorted set of all keys of states, by name
 *   feedmill:used         sorted set of all keys by u
 *   feedmill:stage:TOKEN  the parts of an archive that is being sealed
 *   feedmill:lease:NAME   the holder's token
 *   feedmill:changed:DB   channel: "NODE REV PAGE" or "NODE s KEY". Channels are
 *                         not per database, so the database is in the name; NODE
 *                         names an instance, "DB.TOKEN"
 *
 * PAGE is the key of an upstream. The scripts compute the names of keys, so all keys must
 * be on one server: no Redis Cluster.
 *
 * Arguments are ARGV in the order named; an unknown time is "". */
#ifndef FM_STORE_REDIS_LUA_H
#define FM_STORE_REDIS_LUA_H

enum { FM_REDIS_SCHEMA = 2 };
#define FM_REDIS_CHANNEL "feedmill:changed:"

/* Fields of an upstream's hash, in the order of every reply that has them. */
#define FM_REDIS_FIELDS                                                                      \
  "'url','etag','last_modified','fetched','changed','read','next_try','failures','failure'," \
  "'head','here','sealed','rev'"
enum {
  FM_RF_URL, FM_RF_ETAG, FM_RF_LAST_MODIFIED, FM_RF_FETCHED, FM_RF_CHANGED, FM_RF_READ,
  FM_RF_NEXT_TRY, FM_RF_FAILURES, FM_RF_FAILURE, FM_RF_HEAD, FM_RF_META, FM_RF_HERE = FM_RF_META,
  FM_RF_SEALED, FM_RF_REV, FM_RF_COUNT
}; /* the first FM_RF_META are written */

/* SCHEMA -> [schema of this Redis, its time]; SCHEMA is set if it is empty */
extern const char fm_lua_hello[];
/* PAGE LIMIT -> nil or [fields, [p,u,d, ...]] */
extern const char fm_lua_load[];
/* PAGE SOURCE ID... -> [fields or nil, [number,p, ...] of here, [[number,v,f,p,u,c,h,d] or nil]] */
extern const char fm_lua_merge_get[];
/* PAGE SOURCE NODE NOW LAST REV ADDING META... then for each entry ID NUMBER V F P U C H D
 * (NUMBER "": new; D "": unchanged) -> 0: another instance was faster; else the new rev */
extern const char fm_lua_merge_put[];
/* PAGE NODE META... (its head is ignored) -> bytes of the stored head */
extern const char fm_lua_touch[];
/* -> [[key, fields], ...] */
extern const char fm_lua_upstreams[];
/* PAGE LIMIT -> nil or [fields, [number,p,archive, ...] of here, [number,p, ...] open,
 * [number,p, ...] of the newest LIMIT shut, [month,value, ...]] */
extern const char fm_lua_list[];
/* NUMBER... -> [p,u,d, ...] of those that are stored */
extern const char fm_lua_entries[];
/* PAGE MONTH -> [part, ...] */
extern const char fm_lua_parts[];
/* KEY D: appends a part to a key that expires after an hour */
extern const char fm_lua_stage[];
/* PAGE MONTH NOW COUNT STAGE NUMBER... -> 1, or 0: it is sealed already */
extern const char fm_lua_seal[];
/* PHASE CUTOFF LIMIT -> [is there more of this phase, entries forgotten] */
extern const char fm_lua_expire[];
/* FROM LIMIT -> [where to go on or 0, [hash as a list], ...] */
extern const char fm_lua_export_entries[];
/* AFTER -> nil or [key, fields, [id, ...] of here] */
extern const char fm_lua_export_upstream[];
/* PAGE MONTH -> nil or [page, month, value, [part, ...]], the next after that one */
extern const char fm_lua_export_archive[];
/* for each entry ID SOURCE F P U C H D PLACES then for each place PAGE FIRST LAST ARCHIVE */
extern const char fm_lua_import_entries[];
/* PAGE SOURCE SEALED META... ID... */
extern const char fm_lua_import_upstream[];
/* PAGE MONTH SEALED COUNT LAST PART D */
extern const char fm_lua_import_part[];
/* PAGE SOURCE VIEW AT MAX ID... -> nil (PAGE is not stored) or [time or nil, ...] */
extern const char fm_lua_enter[];
/* PAGE VIEW -> nil or [page, view, used, [id,time, ...]], the next after that one */
extern const char fm_lua_export_view[];
/* PAGE SOURCE VIEW USED MAX then for each entry ID AT; USED "": now */
extern const char fm_lua_import_view[];
/* KEY -> nil or its value */
extern const char fm_lua_state_get[];
/* NODE KEY VALUE */
extern const char fm_lua_state_set[];
/* NODE KEY */
extern const char fm_lua_state_delete[];
/* PREFIX AFTER LIMIT -> [key,value,used, ...], the next after that key */
extern const char fm_lua_state_list[];
/* USED KEY VALUE: if there is none; USED "": now */
extern const char fm_lua_state_add[];
/* PAGE: deletes it, and the entries that no other upstream lists or listed */
extern const char fm_lua_forget_upstream[];
/* SCHEMA: sets it */
extern const char fm_lua_schema[];
/* KEY TOKEN TTL: take -> [0, or the time left of another holder, Redis's time]; renew, release -> 1 or 0 */
extern const char fm_lua_lease_take[];
extern const char fm_lua_lease_renew[];
extern const char fm_lua_lease_release[];

#endif
