// A family with all that it has of those that it is like, as in lib/parameters/_family.py.

const made = new WeakMap(); // by the contents of families.json

/** One family; null stands for the plain transformer. */
export function familyNamed(name, families) {
  if (!made.has(families)) made.set(families, new Map());
  const known = made.get(families);
  if (!known.has(name)) known.set(name, merged(name, families));
  return known.get(name);
}

function merged(name, { reads, families, transformer }) {
  const chain = [];
  for (let next = name; next; next = chain[0].like) chain.unshift(families[next]);
  const every = [transformer, ...chain];
  const all = (what) => Object.assign({}, ...every.map((own) => own[what]));
  const lists = (what) => every.flatMap((own) => own[what] ?? []);
  const spread = every.flatMap((own) => Object.entries(own.is ?? {}).flatMap(([names, e]) => names.split(" ").map((one) => [one, e])));
  const prefix = every.at(-1).prefix;
  const classes = every.findLast((own) => own.classes)?.classes ?? {};
  return {
    prefix,
    alias: all("alias"),
    reads: { ...reads, ...all("reads") },
    needs: lists("needs"),
    is: Object.fromEntries(spread),
    each: all("each"),
    blocks: all("blocks"),
    nested: all("nested"),
    left_out: lists("left_out"),
    notices: lists("notices"),
    isPlain: chain.every((own) => !own.blocks && !own.nested && Object.keys(own.each ?? {}).every((what) => what === "window")),
    classes: Object.fromEntries(Object.entries(classes).map(([suffix, adds]) => [prefix + suffix, adds])),
  };
}
