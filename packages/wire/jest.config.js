import preset from '../../jest.preset.js';

export default { ...preset, testEnvironment: '<rootDir>/test/jest-environment.js' };
