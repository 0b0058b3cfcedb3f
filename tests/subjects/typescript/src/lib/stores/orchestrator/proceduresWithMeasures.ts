/** In place of `procedures.ts`, where the store is to have measures. */

export { Procedures } from './hardened';
export { AT_REST, type Shown } from './procedures';
