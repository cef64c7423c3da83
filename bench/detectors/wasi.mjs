// Runs a Wasm program as node's WASI does: `node wasi.mjs PROGRAM ARGUMENT…`. Its engine, V8, is the one that Envoy runs modules in.
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const [program, ...rest] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args: [program, ...rest], returnOnExit: true });
const module = await WebAssembly.compile(await readFile(program));
// The filter's crate brings along what it would call of Envoy. None of it is here, and none of it may be called.
const envoy = {};
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
  if (from === 'env') {
    envoy[name] = () => {
      throw new Error(`${name} is Envoy's, and this is not Envoy`);
    };
  }
}
const { exports } = await WebAssembly.instantiate(module, { ...wasi.getImportObject(), env: envoy });
// Of what it exports, Envoy's way in is not for WASI: a program has one beginning.
process.exitCode = wasi.start({ exports: { memory: exports.memory, _start: exports._start } });
