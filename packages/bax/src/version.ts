/** Version of the library, as in its package.json; a model says by which it was trained. */
export const VERSION: string = "0.1.0";
