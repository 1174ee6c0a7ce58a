import { readFileSync } from "node:fs";

const text = (file: string): string => readFileSync(new URL(import.meta.resolve(file)), "utf8");

/** The chart library as it is installed beside this package, for the inside of a page. */
export const uplotFiles = (): { readonly script: string; readonly style: string } => ({
  script: text("uplot/dist/uPlot.iife.min.js"),
  style: text("uplot/dist/uPlot.min.css"),
});
