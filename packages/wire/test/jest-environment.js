/**
 * Node's environment, with zeromq loaded by the process itself. Its addon is one for the whole process, and the
 * first module that loads it gives monitors their `require`; were that a test file's, monitors would fail in
 * the next test file.
 */
import { TestEnvironment } from 'jest-environment-node';
import 'zeromq';

export default TestEnvironment;
