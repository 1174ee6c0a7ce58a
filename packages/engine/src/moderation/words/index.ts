export { Automaton } from "./automaton.ts";
export { WORDS_ERRORS, wordsError } from "./errors.ts";
export { parseListFile, VERDICTS, WORD_MAX_UNITS, WORDS_MAX } from "./list-file.ts";
export type { LineProblem, Verdict, Word } from "./list-file.ts";
export { WordList } from "./word-list.ts";
export type { WordVerdict } from "./word-list.ts";
