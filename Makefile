# feedmill: `make run` serves Daily Papers on 127.0.0.1:8080, `make check` runs
# every test. Both install what is missing (Debian packages; root or sudo).
#
#   make              the program, build/feedmill
#   make run          install, build, serve
#   make demo         the same against a local stand-in for the listing's host
#   make check        install, build, all tests, under ASan+UBSan and TSan too
#   make bench        speed, as ratios to peers measured in the same run
#   make install      honours DESTDIR and PREFIX
#   V=1 shows commands, FLAVOUR=asan|tsan builds into build/FLAVOUR

MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
CC := gcc
PYTHON := /usr/bin/python3
PREFIX ?= /usr/local
VERSION := 0.1.0

FLAVOUR ?= release
B := build/$(FLAVOUR)
ROOMS := cmd web mill source net store page feed base

PKGS := libuv libcurl libxml-2.0 json-c yaml-0.1 sqlite3 hiredis zlib libbrotlienc libzstd libxxhash libpcre2-8

BUILD_DEPS := gcc make pkg-config libc6-dev libuv1-dev libcurl4-openssl-dev libxml2-dev libhttp-parser-dev \
  libjson-c-dev libyaml-dev libsqlite3-dev libhiredis-dev zlib1g-dev libbrotli-dev libzstd-dev \
  libxxhash-dev libpcre2-dev ca-certificates

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings -Wpointer-arith
ifdef CI
WARN += -Werror
endif
FLAGS_release := -O2 -g
FLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FLAGS_tsan := -O1 -g -fsanitize=thread -fno-omit-frame-pointer

PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lhttp_parser -lpthread -ldl -lm
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DFM_VERSION='"$(VERSION)"' $(WARN) $(FLAGS_$(FLAVOUR)) -Iinclude -Isrc $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(FLAGS_$(FLAVOUR)) -rdynamic $(LDFLAGS)

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

SRCS := $(foreach r,$(ROOMS),$(wildcard src/$(r)/*.c))
OBJS := $(SRCS:src/%.c=$(B)/obj/%.o)
LIBS := $(foreach r,$(ROOMS),$(B)/lib/$(r).a)
TESTS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
T ?= $(TESTS)

.PHONY: all objs unit clean
all: build/feedmill

build/feedmill: $(B)/feedmill
	$(Q)ln -sf $(FLAVOUR)/feedmill $@

$(B)/feedmill: $(B)/obj/main.o $(LIBS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(LIBS) -Wl,--end-group $(PKG_LIBS)

$(B)/obj/%.o: src/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

define room
$(B)/lib/$(1).a: $(patsubst src/%.c,$(B)/obj/%.o,$(wildcard src/$(1)/*.c))
	@mkdir -p $$(@D)
	@rm -f $$@
	$(Q)ar rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room,$(r))))

objs: $(patsubst src/%.c,$(B)/obj/%.o,$(wildcard src/$(ROOM)/*.c))

$(B)/unit/%: tests/unit/%.c $(LIBS)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/unit -MMD -MP -MF $@.d $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(LIBS) -Wl,--end-group $(PKG_LIBS) -lcmocka

unit: $(T:%=$(B)/unit/%)
	$(Q)for t in $(T); do $(B)/unit/$$t || exit 1; done

clean:
	rm -rf build

-include $(OBJS:.o=.d) $(B)/obj/main.d $(wildcard $(B)/unit/*.d)
