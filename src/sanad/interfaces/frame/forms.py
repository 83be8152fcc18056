"""How forms look: labels above, errors beside the field and listed on top, everything linked for screen readers."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Forms by the templates `frame/form.html` and `frame/field.html`."""

    form_template_name = "frame/form.html"
    field_template_name = "frame/field.html"
