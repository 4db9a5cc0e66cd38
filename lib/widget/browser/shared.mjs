// What a bundled twin has in place of format.mjs: that of the machine, which is there before it.

export const { format, readable } = explorers; // a name of the page, or of the widget's module
