import { registry } from "@web/core/registry";
import { FormCompiler } from "@web/views/form/form_compiler";
import { formView } from "@web/views/form/form_view";

/** Each tab of the preview says how many lines it holds: it bears the name of the field that counts them. */
class ImportFormCompiler extends FormCompiler {
    compileNotebook(el, params) {
        const notebook = super.compileNotebook(el, params);
        for (const slot of notebook.querySelectorAll("[t-set-slot]")) {
            const count = `__comp__.props.record.data[${slot.getAttribute("name")}]`;
            slot.setAttribute("title", `${slot.getAttribute("title")} + " (" + ${count} + ")"`);
        }
        return notebook;
    }
}

registry.category("views").add("relationship_import_form", { ...formView, Compiler: ImportFormCompiler });
