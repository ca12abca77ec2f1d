/* All SQL statements of the SQLite backend, prepared when first used. Times are seconds,
 * NULL if unknown. */
#ifndef FM_STORE_SQLITE_SQL_H
#define FM_STORE_SQLITE_SQL_H

#define FM_SQL_PAGE_FIELDS                                                                       \
  "id, source, key, url, etag, last_modified, fetched, changed, read, next_try, failures,"       \
  " failure, head, here, sealed, given"

#define FM_SQLS(X)                                                                               \
  X(FM_SQL_BEGIN, "BEGIN")                                                                       \
  X(FM_SQL_BEGIN_WRITE, "BEGIN IMMEDIATE")                                                       \
  X(FM_SQL_COMMIT, "COMMIT")                                                                     \
  X(FM_SQL_ROLLBACK, "ROLLBACK")                                                                 \
  X(FM_SQL_SYNC_FULL, "PRAGMA synchronous=FULL")                                                 \
  X(FM_SQL_SYNC_NORMAL, "PRAGMA synchronous=NORMAL")                                             \
  X(FM_SQL_SOURCE_ADD, "INSERT OR IGNORE INTO source (name) VALUES (?1)")                        \
  X(FM_SQL_PAGE_ADD, "INSERT INTO page (key, source) SELECT ?1, id FROM source WHERE name = ?2") \
  X(FM_SQL_PAGE_GET, "SELECT " FM_SQL_PAGE_FIELDS " FROM page WHERE key = ?1")                   \
  X(FM_SQL_PAGE_ALL, "SELECT " FM_SQL_PAGE_FIELDS " FROM page ORDER BY key")                     \
  X(FM_SQL_PAGE_SET, "UPDATE page SET url = ?2, etag = ?3, last_modified = ?4, fetched = ?5,"    \
                     " changed = ?6, read = ?7, next_try = ?8, failures = ?9, failure = ?10,"    \
                     " head = ?11, here = ?12 WHERE id = ?1")                                    \
  X(FM_SQL_ENTRY_GET, "SELECT id, first_seen, published, updated, changed, fingerprint, data"    \
                      " FROM entry WHERE source = ?1 AND name = ?2")                             \
  X(FM_SQL_ENTRY_BY_ID, "SELECT published, updated, data FROM entry WHERE id = ?1")              \
  X(FM_SQL_ENTRY_ADD, "INSERT INTO entry (source, name, first_seen, published, updated,"         \
                      " changed, fingerprint, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")    \
  X(FM_SQL_ENTRY_SET, "UPDATE entry SET updated = ?2, changed = ?3, fingerprint = ?4,"           \
                      " data = ?5 WHERE id = ?1")                                                \
  X(FM_SQL_MEMBER_LIST, "INSERT INTO member (entry, page, published, first_seen)"                      \
                  " VALUES (?1, ?2, ?3, ?4)"                                                     \
                  " ON CONFLICT (entry, page) DO UPDATE SET last_seen = NULL")                   \
  X(FM_SQL_MEMBER_UNLIST, "UPDATE member SET last_seen = ?3 WHERE entry = ?1 AND page = ?2"              \
                  " RETURNING published")                                                        \
  X(FM_SQL_MEMBER_ADD_LEFT, "INSERT OR IGNORE INTO member (entry, page, published, first_seen, last_seen)"   \
                " VALUES (?1, ?2, ?3, ?4, ?4)")                                                  \
  X(FM_SQL_LEFT, "SELECT entry, published FROM member WHERE page = ?1"                           \
                 " AND last_seen IS NOT NULL ORDER BY published DESC, entry DESC LIMIT ?2")       \
  X(FM_SQL_LEFT_AFTER, "SELECT entry, published FROM member WHERE page = ?1"                     \
                       " AND last_seen IS NOT NULL AND (published, entry) < (?2, ?3)"            \
                       " ORDER BY published DESC, entry DESC LIMIT ?4")                          \
  /* archives */                                                                                 \
  X(FM_SQL_MEMBER, "SELECT published, last_seen, archive FROM member"                            \
                   " WHERE entry = ?1 AND page = ?2")                                            \
  X(FM_SQL_OVERFLOW, "SELECT entry, published FROM member WHERE page = ?1"                           \
                 " AND last_seen IS NOT NULL AND (archive IS NULL OR archive > ?2)"              \
                 " AND (published, entry) < (?3, ?4) AND published >= ?5"                        \
                 " ORDER BY published DESC, entry DESC")                                         \
  X(FM_SQL_ARCHIVES, "SELECT month, sealed, count FROM archive WHERE page = ?1 ORDER BY month")  \
  X(FM_SQL_ARCHIVE, "SELECT sealed FROM archive WHERE page = ?1 AND month = ?2")                 \
  X(FM_SQL_PARTS, "SELECT data FROM archive_part WHERE page = ?1 AND month = ?2 ORDER BY part")  \
  X(FM_SQL_ARCHIVE_ADD, "INSERT INTO archive (page, month, sealed, count, last_seen)"            \
                        " VALUES (?1, ?2, ?3, ?4, ?5)")                                          \
  X(FM_SQL_PART_ADD, "INSERT INTO archive_part (page, month, part, data)"                        \
                     " VALUES (?1, ?2, ?3, ?4)")                                                 \
  X(FM_SQL_PARTS_DROP, "DELETE FROM archive_part WHERE page = ?1 AND month = ?2")                \
  X(FM_SQL_ARCHIVE_DROP, "DELETE FROM archive WHERE page = ?1 AND month = ?2")                   \
  X(FM_SQL_MEMBER_ARCHIVE, "UPDATE member SET archive = ?3 WHERE entry = ?1 AND page = ?2")                \
  X(FM_SQL_PAGE_SEALED, "UPDATE page SET sealed = ?2 WHERE id = ?1")                             \
  /* expiry */                                                                                     \
  X(FM_SQL_STALE_PAGES, "SELECT key FROM page WHERE fetched < ?1 AND length(here) > 0")          \
  X(FM_SQL_MEMBERS_SCAN, "SELECT entry, page, last_seen FROM member WHERE (entry, page) > (?1, ?2)"     \
                  " ORDER BY entry, page LIMIT ?3")                                              \
  X(FM_SQL_MEMBER_DROP, "DELETE FROM member WHERE entry = ?1 AND page = ?2")                     \
  X(FM_SQL_ENTRY_DROP, "DELETE FROM entry WHERE id = ?1"                                         \
                       " AND NOT EXISTS (SELECT 1 FROM member WHERE entry = ?1)")                \
  X(FM_SQL_OLD_ARCHIVE, "SELECT page, month FROM archive a WHERE last_seen < ?1 AND month ="     \
                        " (SELECT min(month) FROM archive b WHERE b.page = a.page) LIMIT 1")     \
  X(FM_SQL_PAGES_DROP, "DELETE FROM page WHERE coalesce(length(here), 0) = 0"                    \
                       " AND max(coalesce(fetched, 0), coalesce(read, 0), coalesce(changed, 0)," \
                       " coalesce(next_try, 0)) < ?1"                                            \
                       " AND NOT EXISTS (SELECT 1 FROM archive a WHERE a.page = page.id)"        \
                       " AND NOT EXISTS (SELECT 1 FROM member m WHERE m.page = page.id"          \
                       " AND m.last_seen IS NOT NULL)")                                          \
  /* views */                                                                                    \
  X(FM_SQL_VIEW_GET, "SELECT id, used FROM view WHERE page = ?1 AND name = ?2")                  \
  X(FM_SQL_VIEW_ADD, "INSERT OR IGNORE INTO view (page, name, used) VALUES (?1, ?2, ?3)")        \
  X(FM_SQL_VIEW_USED, "UPDATE view SET used = ?2 WHERE id = ?1")                                 \
  X(FM_SQL_VIEWS_OVER, "SELECT id FROM view WHERE page = ?1 ORDER BY used DESC, id DESC"         \
                       " LIMIT -1 OFFSET ?2")                                                    \
  X(FM_SQL_VIEWS_UNUSED, "SELECT id FROM view WHERE used < ?1 OR page NOT IN"                    \
                         " (SELECT id FROM page) LIMIT 1")                                       \
  X(FM_SQL_VIEW_DROP, "DELETE FROM view WHERE id = ?1")                                          \
  X(FM_SQL_VIEW_CLEAR, "DELETE FROM entered WHERE view = ?1")                                    \
  X(FM_SQL_ENTERED_ADD, "INSERT OR IGNORE INTO entered (view, entry, at) VALUES (?1, ?2, ?3)")   \
  X(FM_SQL_ENTERED_GET, "SELECT at FROM entered WHERE view = ?1 AND entry = ?2")                 \
  X(FM_SQL_ENTERED_DROP, "DELETE FROM entered WHERE entry = ?1 AND view IN"                      \
                         " (SELECT id FROM view WHERE page = ?2)")                               \
  X(FM_SQL_NEXT_VIEW, "SELECT v.id, p.key, v.name, v.used FROM view v JOIN page p"               \
                      " ON p.id = v.page WHERE v.id > ?1 ORDER BY v.id LIMIT 1")                 \
  X(FM_SQL_VIEW_ENTRIES, "SELECT e.name, x.at FROM entered x JOIN entry e ON e.id = x.entry"     \
                         " WHERE x.view = ?1 ORDER BY e.name")                                   \
  /* state */                                                                                    \
  X(FM_SQL_STATE_GET, "SELECT value, used FROM state WHERE name = ?1")                           \
  X(FM_SQL_STATE_SET, "INSERT INTO state (name, used, value) VALUES (?1, ?2, ?3)"                \
                      " ON CONFLICT (name) DO UPDATE SET used = ?2, value = ?3")                 \
  X(FM_SQL_STATE_ADD, "INSERT OR IGNORE INTO state (name, used, value) VALUES (?1, ?2, ?3)")     \
  X(FM_SQL_STATE_USED, "UPDATE state SET used = ?2 WHERE name = ?1")                             \
  X(FM_SQL_STATE_DELETE, "DELETE FROM state WHERE name = ?1")                                    \
  X(FM_SQL_STATES, "SELECT name, value FROM state WHERE name >= ?1 ORDER BY name")               \
  X(FM_SQL_STATES_DROP, "DELETE FROM state WHERE used < ?1")                                     \
  X(FM_SQL_NEXT_STATE, "SELECT name, used, value FROM state WHERE name > ?1 ORDER BY name"       \
                       " LIMIT 1")                                                               \
  /* migration of schema 2 */                                                                    \
  X(FM_SQL_PAGE_ENTRIES, "SELECT e.published, e.updated, e.data, m.last_seen FROM member m"      \
                         " JOIN entry e ON e.id = m.entry WHERE m.page = ?1")                    \
  X(FM_SQL_PAGE_FORGET, "DELETE FROM page WHERE id = ?1")                                        \
  X(FM_SQL_MEMBERS_FORGET, "DELETE FROM member WHERE page = ?1")                                 \
  X(FM_SQL_ENTRIES_FORGET, "DELETE FROM entry WHERE source = ?1 AND NOT EXISTS"                  \
                           " (SELECT 1 FROM member m WHERE m.entry = entry.id)")                 \
  /* export and import */                                                                        \
  X(FM_SQL_EXPORT, "SELECT e.id, s.name, e.name, e.first_seen, e.changed, e.fingerprint, e.data" \
                   " FROM entry e JOIN source s ON s.id = e.source"                              \
                   " WHERE e.id > ?1 ORDER BY e.id LIMIT ?2")                                    \
  X(FM_SQL_PLACES, "SELECT p.key, m.first_seen, m.last_seen,"                                    \
                   " iif(m.archive <= p.sealed, m.archive, NULL) FROM member m"                  \
                   " JOIN page p ON p.id = m.page WHERE m.entry = ?1 ORDER BY p.key")            \
  X(FM_SQL_NEXT_PAGE, "SELECT key FROM page WHERE key > ?1 ORDER BY key LIMIT 1")                \
  X(FM_SQL_ENTRY_NAME, "SELECT name FROM entry WHERE id = ?1")                                   \
  X(FM_SQL_NEXT_PART, "SELECT t.rowid, p.key, a.month, a.sealed, a.count, a.last_seen, t.part,"  \
                      " t.data FROM archive_part t"                                              \
                      " JOIN archive a ON a.page = t.page AND a.month = t.month"                 \
                      " JOIN page p ON p.id = t.page WHERE t.rowid > ?1"                         \
                      " ORDER BY t.rowid LIMIT 1")                                               \
  X(FM_SQL_SOURCE_GET, "SELECT id FROM source WHERE name = ?1")                                  \
  X(FM_SQL_ENTRY_FIND, "SELECT id FROM entry WHERE source = ?1 AND name = ?2")                   \
  X(FM_SQL_MEMBER_ADD, "INSERT OR IGNORE INTO member"                                            \
                       " (entry, page, published, first_seen, last_seen, archive)"               \
                       " SELECT ?1, ?2, published, ?3, ?4, ?5 FROM entry WHERE id = ?1")         \
  X(FM_SQL_MEMBER_LEAVE, "UPDATE member SET last_seen = ?3"                                      \
                         " WHERE entry = ?1 AND page = ?2 AND last_seen IS NULL")                \
  X(FM_SQL_PART_DROP, "DELETE FROM archive_part WHERE page = ?1 AND month = ?2 AND part = ?3")   \
  X(FM_SQL_ARCHIVE_LIKE, "SELECT 1 FROM archive WHERE page = ?1 AND month = ?2"                  \
                         " AND sealed = ?3 AND count = ?4")

enum fm_sql {
#define FM_SQL_ROW(name, text) name,
  FM_SQLS(FM_SQL_ROW)
#undef FM_SQL_ROW
  FM_SQL_COUNT
};

#endif
