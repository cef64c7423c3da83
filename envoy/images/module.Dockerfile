# The module as Istio's agent takes it: one layer, one file.
FROM scratch
COPY dist/vectorgate.wasm /plugin.wasm
