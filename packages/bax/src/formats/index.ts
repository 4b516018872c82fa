export { type ModelDescription, type ModelFile, readModelFile, writeModelFile } from "./modelFile.ts";
