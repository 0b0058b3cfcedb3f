// The kit's React, whose hooks answer without rendering.
export { react as default } from '../../../../sim/node/src/react.js';
