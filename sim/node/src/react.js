const nothing = () => {};
const valueOf = (initial) => (typeof initial === 'function' ? initial() : initial);

/** As much of React as a module of stores and hooks needs: hooks that answer with what there is now, no rendering. */
export const react = {
  version: '0.0.0-stand-in',
  useSyncExternalStore: (subscribe, getSnapshot) => getSnapshot(),
  useCallback: (callback) => callback,
  useMemo: (make) => make(),
  useRef: (initial) => ({ current: initial }),
  useState: (initial) => [valueOf(initial), nothing],
  useReducer: (reducer, initial, init) => [init ? init(initial) : initial, nothing],
  useContext: (context) => context.value,
  useDeferredValue: (value) => value,
  useTransition: () => [false, (callback) => callback()],
  useId: () => 'stand-in',
  useDebugValue: nothing,
  useEffect: nothing,
  useLayoutEffect: nothing,
  useInsertionEffect: nothing,
  useImperativeHandle: nothing,
  startTransition: (callback) => callback(),
  createContext: (value) => ({ value, Provider: nothing, Consumer: nothing }),
  createElement: () => null,
  jsx: () => null,
  jsxs: () => null,
  memo: (component) => component,
  forwardRef: (component) => component,
  lazy: () => nothing,
  Fragment: 'fragment',
  Suspense: 'suspense',
};
react.default = react;
