# What the Makefiles of the addons have in common. Included by them, with paths relative to their folders.
CLANG ?= clang
BPFTOOL ?= bpftool
CXX ?= g++
NODE ?= node

# What a missing tool is installed by on Debian.
PACKAGE_clang := clang
PACKAGE_bpftool := bpftool
PACKAGE_g++ := g++
PACKAGE_node := nodejs
require = $(if $(shell command -v $(1)),,$(error $(1) is missing. Install it: apt-get install $(or $(PACKAGE_$(1)),$(1))))
$(foreach tool,$(CLANG) $(BPFTOOL) $(CXX) $(NODE),$(call require,$(tool)))
# Header, library, Debian's package of it.
require-header = $(if $(shell echo '\#include <$(1)>' | $(CXX) -E -x c++ - >/dev/null 2>&1 && echo ok),,\
  $(error $(2)'s headers are missing. Install them: apt-get install $(3)))

OUT := build
COMMON := ../common
# Relative, because the path of the clone may have blanks in it.
HEADERS_OF = $(shell $(NODE) -p 'path.relative("", require("$(1)").$(2))')
# UAPI headers of this machine's architecture: linux/types.h needs asm/types.h.
ARCH_INCLUDE := /usr/include/$(shell $(CXX) -print-multiarch)

CXX_WARNINGS := -Wall -Wextra -Werror
CXX_FLAGS := -std=c++17 -O2 -fPIC -fvisibility=hidden -fno-exceptions $(CXX_WARNINGS)
NODE_FLAGS := -DNAPI_VERSION=8 -DNAPI_DISABLE_CPP_EXCEPTIONS \
  -isystem $(call HEADERS_OF,node-addon-api,include_dir) -isystem $(call HEADERS_OF,node-api-headers,include_dir)

all:

# layout/layout.c is compiled for its type information alone; the records' offsets in TypeScript are made from that.
$(OUT)/layout.o: layout/layout.c $(wildcard layout/*.h) Makefile $(COMMON)/addon.mk | $(OUT)
	@$(CLANG) -target bpf -g -O2 -Ilayout -idirafter $(ARCH_INCLUDE) -c $< -o $@

src/layout.generated.ts: $(OUT)/layout.o $(COMMON)/scripts/generate-layout.mjs
	@echo '  GEN  $@'
	@$(BPFTOOL) btf dump --json file $< | $(NODE) $(COMMON)/scripts/generate-layout.mjs > $@.new && mv $@.new $@

$(OUT):
	@mkdir -p $@

clean:
	@rm -rf $(OUT) src/layout.generated.ts

.PHONY: all clean
