export { current } from "./current.ts";
