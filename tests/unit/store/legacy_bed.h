/* A memory as feedmill 1 left it, with what it remembered of itself in hidden pages: a
 * SQLite file of schema 2 as SQL, and the same in a Redis of schema 1 as commands. Both
 * were written by that program. */
#ifndef STORE_LEGACY_BED_H
#define STORE_LEGACY_BED_H

static const char legacy_sql[] =
    "CREATE TABLE archive ( page INTEGER NOT NULL, month INTEGER NOT NULL, sealed INTEGER NOT NUL"
    "L, count INTEGER NOT NULL, last_seen INTEGER NOT NULL, PRIMARY KEY (page, month)) STRICT, WI"
    "THOUT ROWID;"
    "CREATE TABLE archive_part ( page INTEGER NOT NULL, month INTEGER NOT NULL, part INTEGER NOT "
    "NULL, data BLOB NOT NULL, UNIQUE (page, month, part)) STRICT;"
    "CREATE TABLE entry ( id INTEGER PRIMARY KEY, source INTEGER NOT NULL, name TEXT NOT NULL, fi"
    "rst_seen INTEGER NOT NULL, published INTEGER NOT NULL, updated INTEGER NOT NULL, changed INT"
    "EGER NOT NULL, fingerprint INTEGER NOT NULL, data BLOB NOT NULL) STRICT;"
    "INSERT INTO entry VALUES(1,1,'https://example.org/a',1785800000,1785800000,1785800000,178580"
    "0000,170,X'0128B52FFD20431D0100806578616D706C6541383538302C22757D06003279E02CB911724CCBA1740"
    "D76889C81');"
    "INSERT INTO entry VALUES(2,2,'test /list at 2026-08-04T09:00:00Z',1785834000,1785834000,1785"
    "834000,1785834000,171,X'0128B52FFD20F44504001205131B70B73AE00B30239151AD6DA86C40AAFE44229124"
    "CF4B10FEFF300307C0AF90C7CB3B706D681977A18CAEB0FF93B18EF536C08431CD3425F0F2B39F2557D2CFFA51E8"
    "48DB694F012CB4E7761400740C38581807BBF5C5166AB41D6F30C043B416483890B9412D91792B41C42818605204"
    "D8960156E811AE56FD908329013A5BE50F193210');"
    "INSERT INTO entry VALUES(3,2,'https://example.org',1785834000,1785834000,1785834000,17858340"
    "00,172,X'0128B52FFD206CE5010004026578616D706C652E6F72677038353833343030306E74696C222C3530303"
    "05D7D09004A47FD6180CC0D0C89E43BC2E21E69E97F41695C3F44CE41');"
    "INSERT INTO entry VALUES(4,2,'test /list',1785834000,1785834000,1785834000,1785834000,173,X'"
    "0128B52FFD204E850100C874657374202F6C697374755C74665C6E38353833343030307D07003209082432CF23A8"
    "A0C801680CA8A0050F193210');"
    "CREATE TABLE member ( entry INTEGER NOT NULL, page INTEGER NOT NULL, published INTEGER NOT N"
    "ULL, first_seen INTEGER NOT NULL, last_seen INTEGER, archive INTEGER, PRIMARY KEY (entry, pa"
    "ge)) STRICT, WITHOUT ROWID;"
    "INSERT INTO member VALUES(1,1,1785800000,1785800000,NULL,NULL);"
    "INSERT INTO member VALUES(2,2,1785834000,1785834000,NULL,NULL);"
    "INSERT INTO member VALUES(3,3,1785834000,1785834000,1785834100,NULL);"
    "INSERT INTO member VALUES(4,4,1785834000,1785834000,NULL,NULL);"
    "CREATE TABLE page ( id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, source INTEGER NOT NUL"
    "L, url TEXT, etag TEXT, last_modified TEXT, fetched INTEGER, changed INTEGER, read INTEGER, "
    "next_try INTEGER, failures INTEGER NOT NULL DEFAULT 0, failure TEXT, head TEXT, here BLOB, s"
    "ealed INTEGER) STRICT;"
    "INSERT INTO page VALUES(1,'test /list',1,NULL,NULL,NULL,1785800000,NULL,NULL,NULL,0,NULL,'{"
    "\"i\":\"x\",\"t\":\"x\"}',X'0100000000000000',NULL);"
    "INSERT INTO page VALUES(2,'feedmill outages',2,NULL,NULL,NULL,1785834000,NULL,NULL,NULL,0,NU"
    "LL,'{\"i\":\"x\",\"t\":\"x\"}',X'0200000000000000',NULL);"
    "INSERT INTO page VALUES(3,'feedmill hosts',2,'feedmill hosts',NULL,NULL,1785834100,NULL,NULL"
    ",NULL,0,NULL,'{\"i\":\"feedmill hosts\",\"t\":\"feedmill hosts\"}',X'',NULL);"
    "INSERT INTO page VALUES(4,'feedmill trails',2,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL"
    ",NULL,NULL);"
    "INSERT INTO page VALUES(5,'test /list on 2026-08-01',1,'https://example.org/2026-08-01','202"
    "6-07-31',NULL,NULL,NULL,1785834000,NULL,0,NULL,NULL,X'',NULL);"
    "CREATE TABLE source ( id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
    "INSERT INTO source VALUES(1,'test');"
    "INSERT INTO source VALUES(2,'feedmill');"
    "CREATE UNIQUE INDEX entry_by_name ON entry (source, name);"
    "CREATE INDEX member_left ON member (page, published, entry, archive) WHERE last_seen IS NOT "
    "NULL;"
    "PRAGMA application_id=1717923180;PRAGMA user_version=2;";

/* Arguments between '|'; a record is hexadecimal after '='. */
static const char *const legacy_redis[] = {
    "SET|feedmill:schema|1",
    "SET|feedmill:seq|4",
    "HSET|feedmill:ids:test|https://example.org/a|1",
    "HSET|feedmill:ids:feedmill|test /list at 2026-08-04T09:00:00Z|2|https://example.org|3|test /"
    "list|4",
    "HSET|feedmill:e:1|s|test|i|https://example.org/a|v|1|f|1785800000|p|1785800000|u|1785800000|"
    "c|1785800000|h|170|@test /list|1785800000 - -|d|=0128b52ffd20431d0100806578616d706c654138353"
    "8302c22757d06003279e02cb911724ccba1740d76889c81",
    "HSET|feedmill:e:2|s|feedmill|i|test /list at 2026-08-04T09:00:00Z|v|1|f|1785834000|p|1785834"
    "000|u|1785834000|c|1785834000|h|171|@feedmill outages|1785834000 - -|d|=0128b52ffd20f4450400"
    "1205131b70b73ae00b30239151ad6da86c40aafe44229124cf4b10feff300307c0af90c7cb3b706d681977a18cae"
    "b0ff93b18ef536c08431cd3425f0f2b39f2557d2cffa51e848db694f012cb4e7761400740c38581807bbf5c5166a"
    "b41d6f30c043b416483890b9412d91792b41c42818605204d8960156e811ae56fd908329013a5be50f193210",
    "HSET|feedmill:e:3|s|feedmill|i|https://example.org|v|1|f|1785834000|p|1785834000|u|178583400"
    "0|c|1785834000|h|172|@feedmill hosts|1785834000 1785834100 -|d|=0128b52ffd206ce5010004026578"
    "616d706c652e6f72677038353833343030306e74696c222c353030305d7d09004a47fd6180cc0d0c89e43bc2e21e"
    "69e97f41695c3f44ce41",
    "HSET|feedmill:e:4|s|feedmill|i|test /list|v|1|f|1785834000|p|1785834000|u|1785834000|c|17858"
    "34000|h|173|@feedmill trails|1785834000 - -|d|=0128b52ffd204e850100c874657374202f6c697374755"
    "c74665c6e38353833343030307d07003209082432cf23a8a0c801680ca8a0050f193210",
    "HSET|feedmill:page:test /list|url||etag||last_modified||fetched|1785800000|changed||read||ne"
    "xt_try||failures|0|failure||head|{\"i\":\"x\",\"t\":\"x\"}|here|1|rev|1",
    "ZADD|feedmill:pages|0|test /list",
    "ZADD|feedmill:fetched|1785800000|test /list",
    "HSET|feedmill:page:feedmill outages|url||etag||last_modified||fetched|1785834000|changed||re"
    "ad||next_try||failures|0|failure||head|{\"i\":\"x\",\"t\":\"x\"}|here|2|rev|1",
    "ZADD|feedmill:pages|0|feedmill outages",
    "ZADD|feedmill:fetched|1785834000|feedmill outages",
    "HSET|feedmill:page:feedmill hosts|url|feedmill hosts|etag||last_modified||fetched|1785834100"
    "|changed||read||next_try||failures|0|failure||head|{\"i\":\"feedmill hosts\",\"t\":\"feedmil"
    "l hosts\"}|here||rev|1",
    "ZADD|feedmill:pages|0|feedmill hosts",
    "ZADD|feedmill:fetched|1785834100|feedmill hosts",
    "HSET|feedmill:page:feedmill trails|url||etag||last_modified||fetched|1785834000|changed||rea"
    "d||next_try||failures|0|failure||head|{\"i\":\"x\",\"t\":\"x\"}|here|4|rev|1",
    "ZADD|feedmill:pages|0|feedmill trails",
    "ZADD|feedmill:fetched|1785834000|feedmill trails",
    "HSET|feedmill:page:test /list on 2026-08-01|url|https://example.org/2026-08-01|etag|2026-07-"
    "31|last_modified||fetched||changed||read|1785834000|next_try||failures|0|failure||head||here"
    "||rev|1",
    "ZADD|feedmill:pages|0|test /list on 2026-08-01",
    "ZADD|feedmill:open:feedmill hosts|1785834000|0000000000000003",
    "ZADD|feedmill:gone|1785834100|0000000000000003 feedmill hosts",
};

#endif
