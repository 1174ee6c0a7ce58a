/** Loaded before a role's program: one thing that a promise rests on is taken out of its source, by the name in FAULTS_MUTANT. */
import { MUTANTS } from "../mutants.ts";
import { editSources } from "./edit-sources.ts";

const name = process.env["FAULTS_MUTANT"];
const mutant = MUTANTS.find((one) => one.name === name);
if (mutant === undefined) throw new Error(`there is no mutant ${name}`);
editSources(mutant.edits);
