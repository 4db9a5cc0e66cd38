// The kinds of controls by name: native, labelled form elements whose `name` is the control's and which fire `input`.
// Each is { group, admit(control, value), element(control, changed) }: where it stands in the card, what it takes of a
// value from anywhere (undefined where that makes no sense), and its element, which calls changed(value).

import choice from "../controls/choice.mjs";
import order from "../controls/order.mjs";
import { handle, slider } from "../controls/slider.mjs";
import switches from "../controls/switch.mjs";
import text from "../controls/text.mjs";

export const controls = { choice, handle, order, slider, switch: switches, text };

export const admit = (control, value) => controls[control.kind].admit(control, value);

/** Whether two values of a control are the same one; an order is a list, and equal lists are not identical. */
export const same = (a, b) => String(a) === String(b);
