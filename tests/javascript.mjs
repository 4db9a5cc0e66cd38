// Calls functions of the browser's modules for Python's tests: a line of JSON in, a line of JSON out.
// { module, name, calls: [[argument, …], …], last: arguments of every call } gives { results } or { error }. What JSON can't hold travels as text.

const revive = (_, value) => (typeof value === "string" && value.startsWith("\u0000") ? Number(value.slice(1)) : value);
const plain = (
  _,
  value,
) => (typeof value === "number" && !Number.isFinite(value) ? `\u0000${value}` : value === undefined ? "\u0000undefined" : value);

function answer({ module, name, calls, last }) {
  return import(module).then(async (found) => {
    const called = name.split(".").reduce((value, key) => value[key], found);
    return { results: await Promise.all(calls.map((given) => (typeof called === "function" ? called(...given, ...last) : called))) };
  });
}

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();
let waiting = "";
while (true) {
  const { value, done } = await lines.read();
  if (done) break;
  waiting += value;
  for (let end; (end = waiting.indexOf("\n")) >= 0; waiting = waiting.slice(end + 1)) {
    let out;
    try {
      out = await answer(JSON.parse(waiting.slice(0, end), revive));
    } catch (error) {
      out = { error: `${error.message}\n${error.stack}` };
    }
    console.log(JSON.stringify(out, plain));
  }
}
