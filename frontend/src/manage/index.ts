export { StudyPage as default } from "./study-page";
