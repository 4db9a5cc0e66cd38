// In a page that nbconvert made: puts each explorer into its place, out of the state that the page carries. See exported.py.
addEventListener("DOMContentLoaded", () => {
  const kind = "application/vnd.jupyter.widget-";
  const read = (node) => JSON.parse(node.textContent);
  const saved = document.querySelector(`script[type="${kind}state+json"]`);
  if (!saved) return;
  const { state } = read(saved);
  for (const place of document.querySelectorAll(`script[type="${kind}view+json"]`)) {
    const values = state[read(place).model_id]?.state;
    if (!values?._css?.startsWith(".explorer{")) continue;
    const el = document.createElement("div");
    el.append(Object.assign(document.createElement("style"), { textContent: values._css }));
    place.replaceWith(el);
    const model = { get: (name) => values[name], set: (name, value) => (values[name] = value), on() {}, off() {}, save_changes() {} };
    import(URL.createObjectURL(new Blob([values._esm], { type: "text/javascript" }))).then((module) =>
      module.default.render({ model, el })
    );
  }
});
