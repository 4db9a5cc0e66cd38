# From Gates to Rotations: short names for the commands of book.py, where there is make. `make` alone lists them.
#   make serve PORT=8000; make test ARGS="tests/test_rope.py -k norm"; make look EXPLORER=rope-rotation; make train CLUSTER=tcp://host:8786
MAKEFLAGS += --no-print-directory
unexport PYTHONPATH PYTHONHOME
export PYTHON PORT CHROME JOBS CLUSTER
# Any Python that runs: book.py finds one that is new enough.
RUN := "$(or $(shell for name in python3 python3.13 python3.12 python3.11 python "$(PYTHON)"; do "$$name" -E -c "" 2>/dev/null && echo "$$name" && break; done),python3)" book.py

.PHONY: help env book serve lab test versions mutants look format bench train clean

help:
	@exec $(RUN)
env:
	@exec $(RUN) env
book:
	@exec $(RUN) book
serve:
	@exec $(RUN) serve
lab:
	@exec $(RUN) lab
test:
	@exec $(RUN) test $(ARGS)
versions:
	@exec $(RUN) versions
mutants:
	@exec $(RUN) mutants $(ARGS)
look:
	@exec $(RUN) look $(EXPLORER)
format:
	@exec $(RUN) format
bench:
	@exec $(RUN) bench
train:
	@exec $(RUN) train $(ARGS)
clean:
	@exec $(RUN) clean
