// The kinds of marks by name. Each is { downwards, spans(mark, values), make(spec, host) }; what `make` returns can
// draw(mark, scene), and may probe(mark, pointer), say what lies under the pointer, and press(mark, pointer).
// A mark that is handed to these has its templates filled in.

import arrows from "../marks/arrows.mjs";
import band from "../marks/band.mjs";
import bars from "../marks/bars.mjs";
import heatmap from "../marks/heatmap.mjs";
import lines from "../marks/lines.mjs";
import points from "../marks/points.mjs";
import rows from "../marks/rows.mjs";
import rule from "../marks/rule.mjs";
import tree from "../marks/tree.mjs";

export const marks = { arrows, band, bars, heatmap, lines, points, rows, rule, tree };
