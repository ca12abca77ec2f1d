# feedmill: `make run` serves Daily Papers on 127.0.0.1:8080, `make check` runs
# every test. Both install what is missing (Debian packages; root or sudo).
#
#   make              the program, build/feedmill
#   make run          install, build, serve on 127.0.0.1:8080, or on PORT=...
#   make demo         the same against a local stand-in for the listing's host
#   make check        install, build, all tests, under ASan+UBSan and TSan too
#   make fuzz         libFuzzer on every target, FUZZ_TIME seconds each; FUZZ=name for one
#   make fuzz-smoke   as make check runs it: 60 seconds each where it matters most
#   make bench        speed, as ratios to peers measured in the same run
#   make bench-store  the memory alone, up to a million entries
#   make deb          build/feedmill_VERSION_ARCH.deb
#   make install      honours DESTDIR and PREFIX; make uninstall takes it away
#   make help         this
#   V=1 shows commands, FLAVOUR=asan|tsan builds into build/FLAVOUR

MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
CC := gcc
PYTHON := /usr/bin/python3
PREFIX ?= /usr/local
VERSION := 0.1.0
# Where a package puts its settings: /etc with PREFIX=/usr, else below PREFIX.
SYSCONFDIR ?= $(if $(filter /usr,$(PREFIX)),/etc,$(PREFIX)/etc)
LOCALSTATEDIR ?= $(if $(filter /usr,$(PREFIX)),/var,$(PREFIX)/var)
UNITDIR ?= $(PREFIX)/lib/systemd/system

FLAVOUR ?= release
B := build/$(FLAVOUR)
ROOMS := cmd web mill source fetch serve store dom feed base

PKGS := libuv libcurl libxml-2.0 json-c yaml-0.1 sqlite3 hiredis zlib libbrotlienc libzstd libxxhash libpcre2-8

BUILD_DEPS := gcc make binutils pkg-config libc6-dev libuv1-dev libcurl4-openssl-dev libxml2-dev \
  libjson-c-dev libyaml-dev libsqlite3-dev libhiredis-dev zlib1g-dev libbrotli-dev libzstd-dev \
  libxxhash-dev libpcre2-dev ca-certificates

# cmocka for the unit tests; the peers of the end-to-end tests: servers, readers,
# validators. Optional where they are there: promtool (prometheus), jing.
TEST_DEPS := libcmocka-dev libasan8 libubsan1 libtsan2 libssl-dev openssl python3 python3-pytest python3-pytest-xdist \
  python3-feedparser python3-html5lib python3-lxml python3-brotli python3-zstandard libxml2-utils nginx redis-server newsboat sfeed \
  chromium sqlite3 dpkg-dev lintian mount procps curl iproute2 util-linux groff-base varnish haproxy squid apache2 caddy
FUZZ_DEPS := clang-14 libclang-rt-14-dev
DEB_DEPS := dpkg-dev fakeroot
BENCH_DEPS := wrk nginx python3 util-linux

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings -Wpointer-arith
# The fuzzers' clang has warnings of its own, which nobody builds with.
ifdef CI
WARN += $(if $(filter fuzz,$(FLAVOUR)),,-Werror)
endif
FLAGS_release := -O2 -g
FLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FLAGS_tsan := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
FLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lpthread -ldl -lm
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DFM_VERSION='"$(VERSION)"' $(WARN) $(FLAGS_$(FLAVOUR)) -Iinclude -Isrc $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = -Wl,--as-needed $(FLAGS_$(FLAVOUR)) $(LDFLAGS)

# Makes started by make use all cores, unless -j was given; so do the tests.
JOBS ?= $(shell nproc)
SUBMAKE = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# A room's sources: its own folder's and those one below.
room_srcs = $(wildcard src/$(1)/*.c src/$(1)/*/*.c)
SRCS := $(foreach r,$(ROOMS),$(call room_srcs,$(r)))
OBJS := $(SRCS:src/%.c=$(B)/obj/%.o)
LIBS := $(foreach r,$(ROOMS),$(B)/lib/$(r).a)
TESTS := $(patsubst tests/unit/%.c,%,$(wildcard $(addprefix tests/unit/,*/test_*.c */*/test_*.c)))
# T names tests by their file, with or without the folder: T=test_url, T=base/test_url.
T ?= $(TESTS)
tests_named = $(foreach t,$(TESTS),$(if $(filter $(1),$(t) $(notdir $(t))),$(t)))
UNIT := $(call tests_named,$(T))

.PHONY: all help objs unit clean run demo check bench bench-store install uninstall deps-build deps-deb deb deps-demo deps-check deps-bench deps-fuzz \
  pages asan tsan unit-all e2e fuzz fuzz-smoke fuzz-programs fuzz-seeds
.DEFAULT_GOAL := all
all: build/feedmill ; @:
help: ; @sed -n '/^#   \(make\|V=1\)/s/^#   //p' Makefile

# What dpkg does not know as installed is installed; a second run asks nobody.
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
define need
	@missing=""; for p in $(1); do dpkg-query -W -f='$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "  APT    $$missing"; \
	  $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi
endef
deps-build: ; $(call need,$(BUILD_DEPS))
deps-demo: ; $(call need,$(BUILD_DEPS) python3)
deps-check: ; $(call need,$(BUILD_DEPS) $(TEST_DEPS))
deps-fuzz: ; $(call need,$(BUILD_DEPS) $(FUZZ_DEPS))
deps-deb: ; $(call need,$(BUILD_DEPS) $(DEB_DEPS))
deps-bench: ; $(call need,$(BUILD_DEPS) $(BENCH_DEPS))

# The libraries' flags are read when make starts, so what needs them is made by
# another make, started when they are installed.
PORT ?= 8080
run: deps-build
	@$(SUBMAKE) all
	@echo "  OPEN    http://127.0.0.1:$(PORT)/"
	./build/feedmill serve --listen 127.0.0.1:$(PORT)

demo: deps-demo
	@$(SUBMAKE) all
	@$(PYTHON) tests/tools/demo.py build/feedmill

check: deps-check
	@$(SUBMAKE) all unit-all
	@$(SUBMAKE) FLAVOUR=asan asan
	@$(SUBMAKE) FLAVOUR=tsan tsan
	@$(SUBMAKE) e2e
	@$(SUBMAKE) fuzz-smoke

bench: deps-bench
	@$(SUBMAKE) all bench-programs
	@$(PYTHON) tests/bench/bench.py

# The memory alone, up to a million entries.
bench-store: deps-bench
	@$(SUBMAKE) all bench-programs
	@$(PYTHON) tests/bench/bench.py store

# The pages that the unit tests read.
pages: build/pages/.made
build/pages/.made: tests/tools/pages.py
	@mkdir -p build/pages
	$(Q)$(PYTHON) tests/tools/pages.py build/pages >/dev/null && touch $@

# Tests that run threads, once more under ThreadSanitizer.
TSAN_TESTS := test_serve% test_conn test_client_limits test_reply test_encode test_log test_store test_store_sqlite \
  test_store_archive test_fetch test_fetch_life test_fetch_command test_fetch_budget
unit-all: all pages ; @$(SUBMAKE) unit
asan: pages ; @$(SUBMAKE) $(B)/feedmill unit
tsan: pages ; @$(SUBMAKE) $(B)/feedmill unit T="$(TSAN_TESTS)"

# They wait more than they work, so there are more of them than cores.
PYTEST = $(PYTHON) -m pytest -q -rs -p no:cacheprovider -n $(shell expr $(JOBS) + 1) --dist loadfile
e2e: pages
	FEEDMILL=build/asan/feedmill $(PYTEST) tests/e2e
	FEEDMILL=build/tsan/feedmill $(PYTEST) tests/e2e -k 'threads or shared or reload or stop'

# Fuzzing, with clang's libFuzzer; an input that fails is kept in build/fuzz/found.
# The smoke gives a minute to those that read what anybody may send, and runs the
# seeds of the others.
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ ?= $(FUZZERS)
FUZZ_SMOKE := fuzz_recipe fuzz_css fuzz_feed fuzz_date fuzz_sanitize
FUZZ_CC := clang-14
FUZZ_LIBS := $(foreach r,fetch serve source dom feed base,$(B)/lib/$(r).a)
FUZZ_TIME ?= 600
fuzz fuzz-smoke: deps-fuzz fuzz-seeds
	@$(SUBMAKE) CC="$(FUZZ_CC)" FLAVOUR=fuzz fuzz-programs
	@$(PYTHON) tests/fuzz/run.py $(if $(filter fuzz,$@),--keep --seconds $(FUZZ_TIME) $(FUZZ),--seconds 60 --replay "$(FUZZERS)" $(FUZZ_SMOKE))
fuzz-programs: $(FUZZERS:%=$(B)/bin/%)
fuzz-seeds: build/fuzz/seeds/.made
build/fuzz/seeds/.made: tests/fuzz/seeds.py $(wildcard tests/tools/*.py conf/sources/*.yaml)
	@mkdir -p $(@D)
	$(Q)$(PYTHON) $< $(@D) && touch $@
$(B)/bin/%: tests/fuzz/%.c $(FUZZ_LIBS)
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/unit -MMD -MP -MF $@.d $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $< -Wl,--start-group $(FUZZ_LIBS) -Wl,--end-group $(PKG_LIBS)

BENCHES := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))
.PHONY: bench-programs
bench-programs: pages $(BENCHES)
$(B)/bench/%: tests/bench/%.c $(LIBS)
	$(call say,BENCH,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -MF $@.d $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(LIBS) -Wl,--end-group $(PKG_LIBS)

# Settings that are there already are the user's and stay.
DOC := $(DESTDIR)$(PREFIX)/share/doc/feedmill
COMPLETIONS := $(DESTDIR)$(PREFIX)/share
ETC := $(DESTDIR)$(SYSCONFDIR)/feedmill
FRONTS := nginx varnish haproxy squid apache caddy
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/include/feedmill $(DESTDIR)$(PREFIX)/share/man/man1 \
	  $(DESTDIR)$(UNITDIR) $(ETC)/sources $(FRONTS:%=$(DOC)/%) $(DOC)/examples
	install -m 755 $(B)/feedmill $(DESTDIR)$(PREFIX)/bin/feedmill
	install -m 644 include/feedmill/*.h $(DESTDIR)$(PREFIX)/include/feedmill/
	install -m 644 src/feedmill.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 README.md LICENSE conf/feedmill.yaml $(DOC)/
	for front in $(FRONTS); do install -m 644 conf/$$front/* $(DOC)/$$front/ || exit 1; done
	cp -R examples/. $(DOC)/examples/
	install -d $(COMPLETIONS)/bash-completion/completions $(COMPLETIONS)/zsh/vendor-completions
	$(B)/feedmill completion bash >$(COMPLETIONS)/bash-completion/completions/feedmill
	$(B)/feedmill completion zsh >$(COMPLETIONS)/zsh/vendor-completions/_feedmill
	install -m 644 -D conf/logrotate/feedmill $(DOC)/logrotate/feedmill
	for unit in feedmill.service feedmill.socket; do sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' \
	  conf/systemd/$$unit >$(DESTDIR)$(UNITDIR)/$$unit && chmod 644 $(DESTDIR)$(UNITDIR)/$$unit || exit 1; done
	for file in $(patsubst conf/%,%,$(wildcard conf/sources/*.yaml)); do \
	  [ -e $(ETC)/$$file ] || install -m 644 conf/$$file $(ETC)/$$file || exit 1; done
	[ -e $(ETC)/feedmill.yaml ] || { sed 's|^store: "sqlite:feedmill.db"|store: "sqlite:$(LOCALSTATEDIR)/lib/feedmill/feedmill.db"|' \
	  conf/feedmill.yaml >$(ETC)/feedmill.yaml && chmod 644 $(ETC)/feedmill.yaml; }
# A Debian package of what `make install` leaves.
deb: deps-deb
	@$(SUBMAKE) all
	@rm -rf build/deb && mkdir -p build/deb
	@$(MAKE) --no-print-directory install DESTDIR=$(CURDIR)/build/deb PREFIX=/usr UNITDIR=/lib/systemd/system >/dev/null
	@conf/deb/build.sh build/deb $(VERSION) build
uninstall:
	rm -f $(COMPLETIONS)/bash-completion/completions/feedmill $(COMPLETIONS)/zsh/vendor-completions/_feedmill
	rm -f $(DESTDIR)$(PREFIX)/bin/feedmill $(DESTDIR)$(PREFIX)/share/man/man1/feedmill.1 \
	  $(DESTDIR)$(UNITDIR)/feedmill.service $(DESTDIR)$(UNITDIR)/feedmill.socket
	rm -rf $(DESTDIR)$(PREFIX)/include/feedmill $(DOC)
	@[ ! -d $(ETC) ] || echo "  KEPT    $(ETC)"

build/feedmill: $(B)/feedmill
	$(Q)ln -sf $(FLAVOUR)/feedmill $@

$(B)/feedmill: $(B)/obj/main.o $(LIBS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(LIBS) -Wl,--end-group $(PKG_LIBS)

# Before the compiler says it of some header.
.PHONY: libs
libs:
	@missing=""; for p in $(PKGS); do pkg-config --exists $$p 2>/dev/null || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  echo "pkg-config does not find:$$missing; 'make deps-build' installs what the build needs (root or sudo)" >&2; exit 1; fi

$(B)/obj/%.o: src/%.c | libs
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Appended, not replaced: two files of a room may have one name in two folders.
define room
$(B)/lib/$(1).a: $(patsubst src/%.c,$(B)/obj/%.o,$(call room_srcs,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	$(Q)ar qcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room,$(r))))

objs: $(patsubst src/%.c,$(B)/obj/%.o,$(call room_srcs,$(ROOM)))

$(B)/unit/%: tests/unit/%.c $(LIBS)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/unit -MMD -MP -MF $@.d $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(LIBS) -Wl,--end-group $(PKG_LIBS) -lcmocka -lbrotlidec

# Side by side, each with its output in one piece: of one that passed its last
# line (all of it with V=1 or when there is but one), of one that failed all.
unit: $(UNIT:%=$(B)/unit/%)
	$(Q)printf '%s\n' $(UNIT) | xargs -P $(JOBS) -I{} bash -c 'out=$(B)/unit/{}.log; \
	  if $(B)/unit/{} >$$out 2>&1; then said=$$($(if $(V)$(filter 1,$(words $(UNIT))),cat,tail -n 1) $$out); bad=; \
	  else said=$$(cat $$out); bad=failed; fi; \
	  printf "%s  {}\n" "$$said" $${bad:+"$$bad"}; [ -z "$$bad" ]'

clean:
	rm -rf build

-include $(OBJS:.o=.d) $(B)/obj/main.d $(UNIT:%=$(B)/unit/%.d) $(wildcard $(B)/bin/*.d)
