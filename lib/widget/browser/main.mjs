// The browser's half of every explorer, as one object: what pages, notebooks and twins meet.

import { mount, render, twins } from "./explorer.mjs";
import { format, readable } from "./format.mjs";
import { arrived } from "./on_demand.mjs";
import { fill } from "./template.mjs";

export default { mount, render, twins, arrived, format, readable, fill };
